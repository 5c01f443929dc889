import type { CarriedContext, FiredEntrypoint, WorkerContext } from '../core/worker-context.ts';
import type { WorkerDelivery } from '../core/worker-delivery.ts';
import type { WorkerOutcome, WorkerRequest } from '../core/worker-request.ts';
import { deferred } from '../foundation/deferred.ts';
import type { InboundEvent, Settlement } from '../transport/event-transport.ts';
import type { OrderKey } from './event-handler-options.ts';

/** Who hears how an event went. */
export interface EventRunOwner extends FiredEntrypoint {
  /** Whether events that were not started can be given to another instance. */
  readonly returnsEvents: boolean;
  /** The method has run. */
  ran(run: EventRun, outcome: WorkerOutcome, context: WorkerContext): void;
  /** The method was not run, or not to its end: because of `error`. */
  didNotRun(run: EventRun, error: unknown): void;
}

/** Beside which others an event may be handled. */
export interface EventPlace {
  readonly isSuspect: boolean;
  readonly key: OrderKey | undefined;
}

/** One event in hand, from its arrival until it is settled: what the worker is asked for, and who hears of its end. */
export class EventRun implements WorkerRequest {
  readonly entrypoint: EventRunOwner;
  readonly event: InboundEvent;
  readonly args: readonly unknown[];
  /** It came back from those who may have died of it. */
  readonly isSuspect: boolean;
  /** What it shares with those that it keeps its order with. */
  readonly key: OrderKey | undefined;
  /** How often its handler has failed on it. */
  failures: number;
  firstFailedAt: number | undefined;
  readonly #settlement = deferred<Settlement>();
  #isEnded = false;

  constructor(entrypoint: EventRunOwner, event: InboundEvent, payload: unknown, place: EventPlace) {
    this.entrypoint = entrypoint;
    this.event = event;
    this.args = [payload];
    this.isSuspect = place.isSuspect;
    this.key = place.key;
    this.failures = event.failures ?? 0;
    this.firstFailedAt = event.firstFailedAt;
  }

  get context(): CarriedContext {
    return this.event.context;
  }

  get returnable(): boolean {
    return this.entrypoint.returnsEvents;
  }

  /** The broker has taken it back, and delivers it again. */
  get isGone(): boolean {
    return this.event.isLost?.() ?? false;
  }

  /** What becomes of the event. Stays open for one that goes back with the subscription. */
  get settlement(): Promise<Settlement> {
    return this.#settlement.promise;
  }

  /** Resolves once the broker has been told what becomes of it; nothing to wait for if it goes on, or nobody can say. */
  get settled(): Promise<void> | undefined {
    return this.#isEnded ? this.event.settled : undefined;
  }

  settle(settlement: Settlement): void {
    this.#isEnded = true;
    this.#settlement.resolve(settlement);
  }

  handleResult(outcome: WorkerOutcome, context: WorkerContext): void {
    this.entrypoint.ran(this, outcome, context);
  }

  handleFailure(error: unknown): void {
    this.entrypoint.didNotRun(this, error);
  }

  describeDelivery(): WorkerDelivery {
    const { messageId, source, type, redelivered, replayOf } = this.event;
    const firstFailedAt = this.firstFailedAt === undefined ? undefined : new Date(this.firstFailedAt);
    return { messageId, source, type, redelivered, attempt: this.failures + 1, firstFailedAt, replayOf };
  }
}
