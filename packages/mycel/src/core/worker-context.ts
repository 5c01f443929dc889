import { randomUUID } from 'node:crypto';
import { Cancellation, type CancelSignal } from '../foundation/cancellation.ts';
import { LongTimer } from '../foundation/long-timer.ts';
import type { DeliverySource, WorkerDelivery } from './worker-delivery.ts';
import { CallTimeoutSignal } from './worker-errors.ts';

/** What a worker knows of the entrypoint that fired it. */
export interface FiredEntrypoint {
  readonly kind: string;
  readonly method: string;
  /** True if others wait for its answers over the bus; see `Entrypoint.answersCalls`. */
  readonly answersCalls?: boolean;
  /** True if it logs by itself what its method throws, with what becomes of it. */
  readonly logsErrors?: boolean;
  /** Tells errors that belong to the service's normal work: they are logged as warnings. */
  isExpected?(error: unknown): boolean;
}

/** The context a firing brings along from its caller. */
export interface CarriedContext {
  /** The ids of the calls that led here, oldest first. @default [] */
  readonly callIdStack?: readonly string[];
  /** What travels with every call made from the worker: user, language, ... @default {} */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What a {@link WorkerContext} is made from. */
export interface WorkerContextInit {
  readonly serviceName: string;
  readonly entrypoint: FiredEntrypoint;
  readonly args: readonly unknown[];
  readonly carried?: CarriedContext | undefined;
  readonly timeoutMs?: number | undefined;
  /** How many ids of parent calls the stack keeps. */
  readonly parentCallsTracked: number;
  /** Who can tell of the message behind the firing. */
  readonly deliverySource?: DeliverySource | undefined;
}

/**
 * The context of one firing: who called, what travels along, until when, and whether it is still wanted.
 * Every call and event made from the worker takes `callIdStack` and `data` with it, and what is left of the deadline.
 */
export class WorkerContext {
  readonly serviceName: string;
  readonly entrypoint: FiredEntrypoint;
  readonly args: readonly unknown[];
  /** What travels along; an entry set here goes out with the calls made afterwards. */
  readonly data: Record<string, unknown>;
  /** When the caller gives up, on the clock of `performance.now()`; `undefined` if nobody waits. */
  readonly deadline: number | undefined;
  readonly #parents: readonly string[];
  readonly #parentCallsTracked: number;
  readonly #deliverySource: DeliverySource | undefined;
  #delivery: WorkerDelivery | undefined;
  #callId: string | undefined;
  #callIdStack: readonly string[] | undefined;
  #cancellation: Cancellation | undefined;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #timer: LongTimer | undefined;
  /** Set once the signal has told of it: the timer's clock is coarser than that of the deadline, and may be a millisecond ahead. */
  #isTimeUp = false;

  constructor(init: WorkerContextInit) {
    this.serviceName = init.serviceName;
    this.entrypoint = init.entrypoint;
    this.args = init.args;
    this.#parents = init.carried?.callIdStack ?? [];
    this.#parentCallsTracked = init.parentCallsTracked;
    this.#deliverySource = init.deliverySource;
    this.data = { ...init.carried?.data };
    this.deadline = init.timeoutMs === undefined ? undefined : performance.now() + init.timeoutMs;
  }

  /** `service.method.uuid`: names this firing in logs, across services. Made when first asked for. */
  get callId(): string {
    return (this.#callId ??= `${this.serviceName}.${this.entrypoint.method}.${randomUUID()}`);
  }

  /** The ids of the calls that led here, oldest first, this one last; of the older ones as many as are tracked. */
  get callIdStack(): readonly string[] {
    if (this.#callIdStack) return this.#callIdStack;
    const surplus = Math.max(0, this.#parents.length - this.#parentCallsTracked);
    return (this.#callIdStack = [...this.#parents.slice(surplus), this.callId]);
  }

  get method(): string {
    return this.entrypoint.method;
  }

  /** The id of the call that made this one, or `undefined` if this is the first. */
  get parentCallId(): string | undefined {
    return this.callIdStack.at(-2);
  }

  /** The id of the oldest call known in this chain. */
  get originCallId(): string {
    return this.callIdStack[0] ?? this.callId;
  }

  /** What is known of the message that fired the method; `undefined` if it was no message that may be delivered again. */
  get delivery(): WorkerDelivery | undefined {
    return (this.#delivery ??= this.#deliverySource?.describeDelivery?.());
  }

  /** Milliseconds until the deadline, 0 if it has passed, `undefined` if there is none. */
  get remainingMs(): number | undefined {
    if (this.#isTimeUp) return 0;
    return this.deadline === undefined ? undefined : Math.max(0, this.deadline - performance.now());
  }

  /**
   * Aborts when the caller cancels, disconnects or its deadline passes, and when the container's grace period is over.
   * Hand it to whatever waits. Created when first asked for.
   */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    else if (this.remainingMs !== undefined) {
      this.#timer = new LongTimer(this.remainingMs, () => this.#passDeadline()).unref();
    }
    return this.#controller.signal;
  }

  /**
   * Tells of the same as {@link signal}, the deadline excepted, at a fraction of its cost: for calls made from the
   * worker, which have the deadline as their own.
   */
  get cancellation(): CancelSignal {
    if (!this.#cancellation) {
      this.#cancellation = new Cancellation();
      if (this.#aborted) this.#cancellation.abort(this.#aborted.reason);
    }
    return this.#cancellation;
  }

  /** Aborts the signal; the first reason stays. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.#controller?.abort(reason);
    this.#cancellation?.abort(reason);
    this.#timer?.cancel();
  }

  #passDeadline(): void {
    this.#isTimeUp = true;
    this.abort(new CallTimeoutSignal(this.callId));
  }

  /** Lets go of the timer. Called by the container when the worker has ended. */
  finish(): void {
    this.#timer?.cancel();
  }
}
