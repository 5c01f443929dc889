import type { CancelSignal } from '../foundation/cancellation.ts';
import type { Subscription } from './subscription.ts';
import type { WireContext } from './wire-context.ts';

/** Carries calls. Values in, values out: how they look on the wire is the transport's business. */
export interface RpcTransport {
  /**
   * Answers the calls to `service`: all its methods, through one shared queue. Up to `prefetch` calls are handed to
   * `handle` before earlier ones are settled. Resolves once the broker delivers. `handle` must not reject.
   */
  serve(
    service: string,
    options: ServeOptions,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<Subscription>;
  /** Prepares for calls (the reply queue), so that the first one is not slower. Optional to call; idempotent. */
  prepareCalls(): Promise<void>;
  /**
   * What services that do not say themselves do with the message of an error that is no part of a method's answer: tell it
   * to the caller, or keep it. True where peers expect to be told, or where nobody but the user's own programs hears it. @default false
   */
  readonly exposesErrors?: boolean | undefined;
  /** Sends a call. Does not throw: every failure is a rejection of `sent` and `reply`. */
  call(call: OutboundCall): PendingCall;
}

export interface ServeOptions {
  readonly prefetch: number;
  /** The methods that the service has, for a transport that can give them a way of their own. Calls of others come all the same. @default [] */
  readonly methods?: readonly string[] | undefined;
}

/** Arguments as they travel: positional, by name, or both. */
export interface CallArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** A call to be sent. */
export interface OutboundCall extends CallArguments {
  readonly service: string;
  readonly method: string;
  readonly context: WireContext;
  /** Headers of the caller's own, sent as they are. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds until the call is given up: `reply` then rejects with `CallTimeoutError`, and the callee is not started. */
  readonly timeoutMs: number;
  /** Somebody waits for `sent`: the transport asks the broker for it, which costs a round trip. @default false */
  readonly awaitsBroker?: boolean | undefined;
  /** Gives the call up: `reply` rejects with a `CallCancelledError` whose cause is the signal's reason, and the callee is told. */
  readonly signal?: CancelSignal | undefined;
}

/** A call on its way. Neither promise raises an unhandled rejection when nobody looks. */
export interface PendingCall {
  readonly correlationId: string;
  /**
   * Resolves once the broker has the request, if the call `awaitsBroker`, and at the latest with the reply; rejects with
   * `UnknownServiceError` or a `ServiceUnavailableError`, or with why it could not be sent.
   */
  readonly sent: Promise<void>;
  /** Resolves with the callee's answer; rejects with a `TransportError` (timeout, unknown service, unavailable service, disconnected, cancelled). */
  readonly reply: Promise<CallReply>;
}

export type CallReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError };

/** An error as it travels. Python peers act on `type`, `path` and `args`; ours on `code` and `data` too. */
export interface WireError {
  /** The class's name: `ValueError`. */
  readonly type: string;
  /** The class's full path, which names it across languages: `nameko.exceptions.MethodNotFound`, `payment.CardDeclined`. */
  readonly path: string;
  readonly args: readonly unknown[];
  /** The error's text. */
  readonly value: string;
  /** What a Mycel peer adds: absent from a Python peer's errors. */
  readonly mycel?: { readonly code: string; readonly data?: unknown } | undefined;
}

/** Hears that a caller has given up. */
export interface Canceller {
  cancel(reason: Error): void;
}

/** A call that has arrived. */
export interface InboundCall extends CallArguments {
  readonly method: string;
  readonly context: WireContext;
  /** Milliseconds the caller still waits, as far as is known on arrival. */
  readonly timeoutMs: number | undefined;
  /** The broker delivered this before, and that delivery was not settled: the method may have run already. */
  readonly redelivered: boolean;
  /** How often an instance took it before and ended without settling it, as far as is known. @default 0 */
  readonly returns?: number | undefined;
  /** True if the caller is a Mycel program, whose compiler has checked the arguments' number. */
  readonly fromMycel: boolean;
  /** What is wrong with the message, if it could not be read as a call; `args` and `kwargs` are then empty. */
  readonly malformed?: string | undefined;
  /** Set by the handler, to be told when the caller gives up. */
  canceller: Canceller | undefined;
  /**
   * Settles the request before it is answered: it will never be delivered again, and can still be answered. Resolves with
   * false if the broker did not confirm that; then it must not be run, since another instance may get it. Never rejects.
   * Absent where requests are settled before they arrive.
   */
  accept?(): Promise<boolean>;
}

/** Not answered, because this instance stops: another one takes it. */
export interface RequeuedCall {
  readonly kind: 'requeue';
  /** Its method has run in part: counted among the `returns`. @default false */
  readonly wasStarted?: boolean | undefined;
  /** Milliseconds the caller still waits. @default what it arrived with */
  readonly timeoutMs?: number | undefined;
}

/** What becomes of a call that arrived. */
export type CallSettlement =
  /** Answered: the reply is sent, then the request is acknowledged. */
  | { readonly kind: 'reply'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: WireError }
  | RequeuedCall
  /** Nobody waits any more: acknowledged without an answer. */
  | { readonly kind: 'drop' };
