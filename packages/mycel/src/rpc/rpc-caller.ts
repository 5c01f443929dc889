import { randomUUID } from 'node:crypto';
import type { Contract } from '../core/contract.ts';
import type { ServiceClass, ServiceDefinition } from '../core/service-definition.ts';
import type { CancelSignal } from '../foundation/cancellation.ts';
import { durationMs } from '../foundation/duration.ts';
import type { CallArguments, CallReply, OutboundCall, PendingCall, RpcTransport } from '../transport/rpc-transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { createClientProxy } from './client-proxy.ts';
import { defaultRetries, RepeatedInvocation, type SendCall } from './repeated-invocation.ts';
import type { CallOptions, Invocation, RpcClient } from './rpc-client.ts';
import { rpcTarget, type RpcTarget } from './rpc-target.ts';
import { reviveError } from './wire-errors.ts';

/** Where calls come from: a worker, or a program that is no service. */
export interface CallOrigin {
  /** What travels with a call made now. */
  context(): WireContext;
  /** Milliseconds the origin itself has left; no call lasts longer. `undefined` if nobody waits for it. */
  readonly remainingMs: number | undefined;
  /** Tells when nobody waits for the origin any more: its calls are then given up. */
  readonly cancellation: CancelSignal | undefined;
  /** The same in full, for a call that has a signal of its own besides. */
  readonly signal: AbortSignal | undefined;
}

/** What an {@link RpcCaller} needs. */
export interface RpcCallerOptions {
  readonly transport: RpcTransport;
  /** Milliseconds until a call is given up, if it does not say itself. */
  readonly timeoutMs: number;
  readonly origin: CallOrigin;
}

/** The origin of calls made outside of any service: each call is the first of its chain. */
export function standaloneOrigin(data: Readonly<Record<string, unknown>> = {}): CallOrigin {
  const client = `standalone_rpc_client.${randomUUID()}`;
  return {
    context: () => ({ callIdStack: [`${client}.${randomUUID()}`], data }),
    remainingMs: undefined,
    cancellation: undefined,
    signal: undefined,
  };
}

/** Calls services: hands out typed clients, and makes calls by name. */
export class RpcCaller {
  readonly #transport: RpcTransport;
  readonly #timeoutMs: number;
  readonly #origin: CallOrigin;

  constructor({ transport, timeoutMs, origin }: RpcCallerOptions) {
    this.#transport = transport;
    this.#timeoutMs = timeoutMs;
    this.#origin = origin;
  }

  /** Returns a client of a service: `service(contract)`, `service<MathService>('math_service')`, `service(MathService)`. */
  service<C extends Contract>(contract: C): RpcClient<C>;
  service<T extends object>(service: ServiceClass<T> | ServiceDefinition<T>): RpcClient<T>;
  service<T>(name: string): RpcClient<T>;
  service(service: Contract | ServiceClass | ServiceDefinition | string): object {
    return this.client(rpcTarget(service));
  }

  /** Calls by name, with positional and named arguments: for shells and generic tools. Resolves with the result. */
  call(service: string, method: string, args: Partial<CallArguments> = {}, options?: CallOptions): Promise<unknown> {
    const target = rpcTarget(service);
    return this.#invoke(target, method, { args: args.args ?? [], kwargs: args.kwargs ?? {} }, options).result();
  }

  /** Returns an untyped client of a target that was read before. */
  client(target: RpcTarget): object {
    return createClientProxy(target.contract, (method, args, options, awaitsSent) =>
      this.#invoke(target, method, wireArguments(target, method, args), options, awaitsSent),
    );
  }

  #invoke(
    target: RpcTarget,
    method: string,
    args: CallArguments,
    options: CallOptions | undefined,
    awaitsBroker = false,
  ): Invocation {
    const { remainingMs } = this.#origin;
    const wantedMs = options?.timeout === undefined ? this.#timeoutMs : durationMs(options.timeout);
    const call: OutboundCall = {
      service: target.service,
      method,
      args: args.args,
      kwargs: args.kwargs,
      context: this.#origin.context(),
      headers: options?.headers,
      awaitsBroker,
      timeoutMs: remainingMs === undefined ? wantedMs : Math.min(wantedMs, remainingMs),
      signal: options?.signal ? joined(options.signal, this.#origin) : this.#origin.cancellation,
    };
    const idempotent = options?.idempotent ?? target.contract?.rpcs[method]?.idempotent;
    const retries = options?.retries ?? defaultRetries;
    if (!idempotent || retries === 0) return new TransportInvocation(this.#transport.call(call), target, method);
    const send: SendCall = (attempt) => new TransportInvocation(this.#transport.call(attempt), target, method);
    return new RepeatedInvocation(call, retries, send);
  }
}

class TransportInvocation implements Invocation {
  readonly #pending: PendingCall;
  readonly #target: RpcTarget;
  readonly #method: string;

  constructor(pending: PendingCall, target: RpcTarget, method: string) {
    this.#pending = pending;
    this.#target = target;
    this.#method = method;
  }

  get correlationId(): string {
    return this.#pending.correlationId;
  }

  get sent(): Promise<void> {
    return this.#pending.sent;
  }

  result(): Promise<unknown> {
    return this.#pending.reply.then(this.#read);
  }

  // The callee has checked the result against its schema: it is taken as it comes.
  readonly #read = (reply: CallReply): unknown => {
    if (reply.ok) return reply.value;
    throw reviveError(reply.error, `${this.#target.service}.${this.#method}`, this.#target.declared);
  };
}

const nothing: CallArguments['kwargs'] = Object.freeze({});
const noArgs: CallArguments['args'] = Object.freeze([]);

/** An rpc with one schema for an object gets its members as named arguments: what a Python callee expects. */
function wireArguments({ contract }: RpcTarget, method: string, args: readonly unknown[]): CallArguments {
  const params = contract?.rpcs[method]?.params;
  if (params !== undefined && !Array.isArray(params) && args.length === 1 && isPlainObject(args[0])) {
    return { args: noArgs, kwargs: args[0] };
  }
  return { args, kwargs: nothing };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function joined(own: AbortSignal, { signal }: CallOrigin): AbortSignal {
  return signal ? AbortSignal.any([own, signal]) : own;
}
