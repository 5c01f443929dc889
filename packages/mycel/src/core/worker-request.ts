import type { Awaitable } from '../foundation/awaitable.ts';
import type { CarriedContext, FiredEntrypoint, WorkerContext } from './worker-context.ts';
import type { DeliverySource } from './worker-delivery.ts';

/** How a worker's method ended. */
export type WorkerOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** One firing of an entrypoint. */
export interface WorkerRequest extends DeliverySource {
  readonly entrypoint: FiredEntrypoint;
  /** The arguments of the method, validated. */
  readonly args: readonly unknown[];
  readonly context?: CarriedContext | undefined;
  /** Milliseconds left until the caller gives up. Past it the worker is not started, and its signal aborts. @default none */
  readonly timeoutMs?: number | undefined;
  /**
   * While the request waits for a free worker and the container begins to stop: `true` gives it back
   * (`WorkerRefusedError`), since somebody else can do it; `false` still runs it. @default false
   */
  readonly returnable?: boolean;
  /**
   * Asks for leave, when a worker is free and before anything is made for it. Unless it resolves with true the worker is not
   * started (`WorkerRefusedError`), nor if its time is up by then (`DeadlinePassedError`). Must not reject.
   */
  claim?(): Promise<boolean>;
  /**
   * Settles the firing: sends the reply, acknowledges. Runs right after the method and before the `workerResult` hooks
   * of the dependencies; an error in it kills the container. May return another outcome to be seen by the hooks.
   */
  handleResult?(outcome: WorkerOutcome, context: WorkerContext): Awaitable<WorkerOutcome | void>;
  /**
   * Settles a firing that has no outcome: refused, past its deadline, aborted while it waited, given up, or broken around
   * the method. Called at most once, with what `WorkerHandle.outcome` rejects with. Must not throw.
   */
  handleFailure?(error: unknown): void;
}

/** A worker that was asked for: waiting, running or done. */
export interface WorkerHandle {
  /** What the worker has, or will have, as its context. */
  readonly context: WorkerContext;
  /** Resolves when the worker has ended, teardown included. */
  readonly outcome: Promise<WorkerOutcome>;
  /** Aborts the worker's signal; a request that still waits is not started (`outcome` rejects with `reason`). */
  abort(reason: unknown): void;
}
