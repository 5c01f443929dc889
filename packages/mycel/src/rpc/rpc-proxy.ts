import type { Contract } from '../core/contract.ts';
import { type Dependency, dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import type { ServiceClass, ServiceDefinition } from '../core/service-definition.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import type { CancelSignal } from '../foundation/cancellation.ts';
import { UsageError } from '../foundation/errors.ts';
import type { RpcTransport } from '../transport/rpc-transport.ts';
import { transportKey } from '../transport/transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { createClientProxy } from './client-proxy.ts';
import { type CallOrigin, RpcCaller } from './rpc-caller.ts';
import type { Invocation, RpcClient, RpcDouble } from './rpc-client.ts';
import { rpcSection } from './rpc-section.ts';
import { type CallableService, rpcTarget, type RpcTarget } from './rpc-target.ts';

/**
 * Declares a client of another service: `rpcProxy(contract)`, `rpcProxy<MathService>('math_service')` (`import type` is
 * enough), or `rpcProxy(MathService)`. A call takes the worker's context along, ends when the worker's time is over, and
 * is given up when the worker is.
 */
export function rpcProxy<C extends Contract>(contract: C): Dependency<RpcClient<C>, RpcDouble<C>>;
export function rpcProxy<T extends object>(
  service: ServiceClass<T> | ServiceDefinition<T>,
): Dependency<RpcClient<T>, RpcDouble<T>>;
export function rpcProxy<T>(service: string): Dependency<RpcClient<T>, RpcDouble<T>>;
export function rpcProxy(service: CallableService): Dependency<object, object> {
  return dependency<object, object>(
    () => new RpcProxyProvider(service),
    (double) => adaptDouble(rpcTarget(service), double as Readonly<Record<string, unknown>>),
  );
}

/** Gives each worker a client that calls on the worker's behalf. */
export class RpcProxyProvider extends DependencyProvider<object> {
  override readonly kind = 'rpc_proxy';
  override readonly configSections = [rpcSection];
  readonly #target: RpcTarget;
  #transport: RpcTransport | undefined;
  #timeoutMs = 0;

  constructor(service: CallableService) {
    super();
    this.#target = rpcTarget(service);
  }

  override async setup(): Promise<void> {
    this.#timeoutMs = this.host.options(rpcSection).timeout;
    this.#transport = (await this.host.resource(transportKey)).rpc;
    await this.#transport.prepareCalls();
  }

  override getDependency(context: WorkerContext): object {
    if (!this.#transport) throw new UsageError(`the rpc proxy of '${this.#target.service}' is used before its setup`);
    const origin = new WorkerOrigin(context);
    return new RpcCaller({ transport: this.#transport, timeoutMs: this.#timeoutMs, origin }).client(this.#target);
  }

  override describe(): Record<string, unknown> {
    return { service: this.#target.service };
  }
}

/** A worker as the origin of calls. */
class WorkerOrigin implements CallOrigin {
  readonly #context: WorkerContext;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  context(): WireContext {
    return { callIdStack: this.#context.callIdStack, data: this.#context.data };
  }

  get remainingMs(): number | undefined {
    return this.#context.remainingMs;
  }

  get cancellation(): CancelSignal {
    return this.#context.cancellation;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }
}

/** Makes a client out of a test's plain functions. */
function adaptDouble({ service, contract }: RpcTarget, double: Readonly<Record<string, unknown>>): object {
  let calls = 0;
  return createClientProxy(contract, (method, args): Invocation => {
    calls += 1;
    const result = (async () => {
      const stand = double[method];
      if (typeof stand === 'function')
        return (stand as (...args: readonly unknown[]) => unknown).apply(double, [...args]);
      throw new UsageError(`${service}.${method} was called, but the test gave no double for it`);
    })();
    result.catch(() => {}); // whoever asks for the result sees it
    return { correlationId: `double-${calls}`, sent: Promise.resolve(), result: () => result };
  });
}
