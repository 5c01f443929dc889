import type { WorkerDelivery } from 'mycel';
import type { InboundEvent } from '../../../packages/mycel/src/transport/event-transport.ts';
import type { Ledger } from '../books/ledger.ts';
import type { EventPayload } from './names.ts';

/** What the services of the workload tell, and ask. */
export interface WorkNotes {
  /** How long a piece of work takes, in milliseconds. */
  workMs(): number;
  /** A handler begins with an event, of which it is told this. */
  began(handler: string, id: string, delivery: WorkerDelivery | undefined): void;
  /** Tells whether the handler is to fail on this attempt, and how. */
  failureOf(handler: string, payload: EventPayload): 'none' | 'error' | 'later';
  handled(handler: string, id: string): void;
  /** A method has begun on a call. */
  ran(callId: string): void;
  /** Ends the process on the spot. */
  die(): void;
}

/** Counts how often handlers have failed on events, so that they fail as often as they are to. */
export class FailureCounts {
  readonly #failed = new Map<string, number>();

  next(handler: string, { id, failures }: EventPayload): 'none' | 'error' | 'later' {
    const planned = failures[handler] ?? 0;
    const page = `${handler} ${id}`;
    const before = this.#failed.get(page) ?? 0;
    if (before >= (planned === 'later' ? 1 : planned)) return 'none';
    this.#failed.set(page, before + 1);
    return planned === 'later' ? 'later' : 'error';
  }
}

export interface InstanceNotesParts {
  readonly instance: string;
  readonly ledger: Ledger;
  readonly failures: FailureCounts;
  readonly workMs: () => number;
  /** Crashes the instance. */
  readonly die: () => void;
}

/** What one instance in this process writes into the books; nothing any more, once it counts as crashed. */
export class InstanceNotes implements WorkNotes {
  readonly instance: string;
  readonly #ledger: Ledger;
  readonly #failures: FailureCounts;
  readonly #workMs: () => number;
  readonly #die: () => void;
  readonly #repeatedCalls = new Set<string>();
  hasCrashed = false;

  constructor({ instance, ledger, failures, workMs, die }: InstanceNotesParts) {
    this.instance = instance;
    this.#ledger = ledger;
    this.#failures = failures;
    this.#workMs = workMs;
    this.#die = die;
  }

  workMs(): number {
    return this.#workMs();
  }

  began(handler: string, id: string, delivery: WorkerDelivery | undefined): void {
    const { redelivered = false, attempt = 1, replayOf } = delivery ?? {};
    if (!this.hasCrashed) this.#ledger.began(handler, id, redelivered || attempt > 1 || replayOf !== undefined);
  }

  delivered(handler: string, id: string, event: InboundEvent): void {
    const { redelivered, failures = 0, replayOf, messageId } = event;
    if (this.hasCrashed) return;
    this.#ledger.delivered(handler, id, { instance: this.instance, redelivered, failures, replayOf, messageId });
  }

  /** A call has arrived that another instance may have run. */
  callRepeated(id: string): void {
    this.#repeatedCalls.add(id);
  }

  failureOf(handler: string, payload: EventPayload): 'none' | 'error' | 'later' {
    return this.#failures.next(handler, payload);
  }

  handled(handler: string, id: string): void {
    if (!this.hasCrashed) this.#ledger.handled(handler, id);
  }

  ran(callId: string): void {
    if (!this.hasCrashed) this.#ledger.ran(callId, this.#repeatedCalls.has(callId));
  }
  die(): void {
    this.#die();
  }
}
