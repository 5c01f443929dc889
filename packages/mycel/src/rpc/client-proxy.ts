import type { Contract } from '../core/contract.ts';
import { RemoteError } from '../core/remote-error.ts';
import { durationMs } from '../foundation/duration.ts';
import { UsageError } from '../foundation/errors.ts';
import type { CallOptions, CallResult, Invoke, Reply, RpcMethod } from './rpc-client.ts';

/** A method of a client whose types are known elsewhere. */
export type AnyRpcMethod = RpcMethod<readonly unknown[], unknown, RemoteError<unknown, string>>;

/** What inspectors, promises, matchers and serialisers ask of any object; never names of rpcs on a client. */
const notRpcs = new Set(['then', 'toJSON', 'constructor', 'inspect', 'nodeType', 'asymmetricMatch', '$$typeof']);

/**
 * Makes an object whose methods call. Of a contract it has exactly the rpcs; otherwise every name is one, since only
 * the service knows its own. Methods are made when first used.
 */
export function createClientProxy(contract: Contract | undefined, invoke: Invoke): object {
  const methods: Record<string, AnyRpcMethod> = Object.create(null) as Record<string, AnyRpcMethod>;
  const has = (key: string): boolean =>
    contract ? Object.hasOwn(contract.rpcs, key) : !notRpcs.has(key) && !(key in Object.prototype);
  return new Proxy(methods, {
    get: (_target, key) => {
      if (typeof key !== 'string') return undefined;
      const known = methods[key];
      if (known || !has(key)) return known;
      return (methods[key] = createMethod(key, invoke, undefined));
    },
    has: (_target, key) => typeof key === 'string' && has(key),
    ownKeys: () => Object.keys(contract?.rpcs ?? {}),
    getOwnPropertyDescriptor: (_target, key) =>
      typeof key === 'string' && contract && has(key)
        ? { configurable: true, enumerable: true, value: (methods[key] ??= createMethod(key, invoke, undefined)) }
        : undefined,
    set: () => false,
    deleteProperty: () => false,
  });
}

function createMethod(method: string, invoke: Invoke, options: CallOptions | undefined): AnyRpcMethod {
  const call = (...args: readonly unknown[]): Promise<unknown> => invoke(method, args, options).result();
  return Object.assign(call, {
    callAsync: async (...args: readonly unknown[]): Promise<Reply<unknown>> => {
      const invocation = invoke(method, args, options, true);
      await invocation.sent;
      let result: Promise<unknown> | undefined;
      return { correlationId: invocation.correlationId, result: () => (result ??= invocation.result()) };
    },
    safe: (...args: readonly unknown[]): Promise<CallResult<unknown, RemoteError<unknown, string>>> =>
      call(...args).then(asValue, asError),
    with: (more: CallOptions): AnyRpcMethod => {
      if (more.timeout !== undefined) durationMs(more.timeout, `${method}.with({ timeout })`);
      checkRetries(method, more);
      return createMethod(method, invoke, { ...options, ...more });
    },
  });
}

function checkRetries(method: string, { retries }: CallOptions): void {
  if (retries === undefined || (Number.isInteger(retries) && retries >= 0)) return;
  throw new UsageError(
    `${method}.with({ retries }): ${retries} is no number of retries; give a whole number from 0 upwards`,
  );
}

function asValue(value: unknown): CallResult<unknown, never> {
  return { ok: true, value };
}

function asError(error: unknown): CallResult<never, RemoteError<unknown, string>> {
  if (error instanceof RemoteError) return { ok: false, error: error as RemoteError<unknown, string> };
  throw error;
}
