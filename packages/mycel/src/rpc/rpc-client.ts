import type { Contract } from '../core/contract.ts';
import type { DependencyMark } from '../core/dependency.ts';
import type { RemoteError } from '../core/remote-error.ts';
import type { CallerArguments, DeclaredErrors, ParamsOf, ReceivedValue, ReturnsOf } from '../core/rpc-definition.ts';
import type { Awaitable } from '../foundation/awaitable.ts';
import type { Duration } from '../foundation/duration.ts';

/** What one call may have of its own: `client.method.with({ timeout: '2s' })(...)`. */
export interface CallOptions {
  /** How long to wait for the answer; never longer than the worker that calls has left itself. @default `rpc.timeout`, 10 s */
  readonly timeout?: Duration | undefined;
  /** Gives the call up: it rejects with a `CallCancelledError`, and the callee's signal aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Headers beside those of the context. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** To run it twice is as good as once: it is sent again if its connection is lost before its answer came. @default as the contract says */
  readonly idempotent?: boolean | undefined;
  /** How often an idempotent call is sent again at most, within its time. @default 3 */
  readonly retries?: number | undefined;
}

/** A call that was sent and whose answer comes later. */
export interface Reply<T> {
  readonly correlationId: string;
  /** Waits for the answer. May be called more than once, or never. */
  result(): Promise<T>;
}

/** The answer as a value: what the method returned, or the error the callee answered with. */
export type CallResult<T, E> =
  | { readonly ok: true; readonly value: T; readonly error?: never }
  | { readonly ok: false; readonly error: E; readonly value?: never };

/** What a client's methods offer besides being called. */
export interface RpcExtras<A extends readonly unknown[], R, E = never> {
  /** Resolves once the broker has the request; `result()` waits for the answer. */
  callAsync(...args: A): Promise<Reply<R>>;
  /**
   * Resolves with every answer, errors of the callee included. Still rejects where there was no answer: a
   * `TransportError` (timeout, unknown service, lost connection, cancelled).
   */
  safe(...args: A): Promise<CallResult<R, E | RemoteError>>;
  /** Returns the same method with options for its calls. */
  with(options: CallOptions): RpcMethod<A, R, E>;
}

/** One method of a client. */
export type RpcMethod<A extends readonly unknown[], R, E = never> = ((...args: A) => Promise<R>) & RpcExtras<A, R, E>;

/**
 * The public methods of the class T. Its keys are deliberately not filtered by type: `as T[K] extends Fn ? K : never`
 * would resolve every member of T, and two services that use each other would end in TS7022 or TS2589. A key that is no
 * method has the type `never`.
 */
type ClientOfClass<T> = {
  readonly [K in keyof T]: T[K] extends DependencyMark | undefined
    ? never
    : T[K] extends (...args: infer A) => infer R
      ? AsynchronousMethod<T[K], A, R> & RpcExtras<A, Awaited<R>>
      : never;
};

/** A method as its caller sees it. One that is asynchronous keeps its own type: generics and overloads survive. */
type AsynchronousMethod<M, A extends readonly unknown[], R> = [R] extends [never]
  ? (...args: A) => Promise<never>
  : [R] extends [Promise<unknown>]
    ? M
    : (...args: A) => Promise<Awaited<R>>;

type ClientOfContract<C extends Contract> = {
  readonly [K in keyof C['rpcs']]: RpcMethod<
    CallerArguments<ParamsOf<C['rpcs'][K]>>,
    ReceivedValue<ReturnsOf<C['rpcs'][K]>>,
    DeclaredErrors<C['rpcs'][K]>
  >;
};

/** A typed client: of a contract its rpcs, of a service class its public methods. */
export type RpcClient<T> = T extends Contract ? ClientOfContract<T> : ClientOfClass<T>;

/** What a test gives in place of a client: any of its methods, as plain functions that return or throw. */
export type RpcDouble<T> = {
  [K in keyof RpcClient<T>]?: RpcClient<T>[K] extends (...args: infer A) => Promise<infer R>
    ? (...args: A) => Awaitable<R>
    : never;
};

/** A call that was begun. `result` rejects with typed errors. */
export interface Invocation {
  readonly correlationId: string;
  readonly sent: Promise<void>;
  result(): Promise<unknown>;
}

/** Makes one call. Does not throw. `awaitsSent` says that somebody waits for `sent`. */
export type Invoke = (
  method: string,
  args: readonly unknown[],
  options: CallOptions | undefined,
  awaitsSent?: boolean,
) => Invocation;
