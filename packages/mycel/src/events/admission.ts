import type { Clock, ClockTimer } from '../foundation/clock.ts';
import type { EventRun } from './event-run.ts';
import { Gate } from './gate.ts';
import { Lanes } from './lanes.ts';

/** How a handler's events are admitted. */
export interface AdmissionInit {
  /** Those of one key are handled one after the other. */
  readonly isOrdered: boolean;
  /** Those of all keys that are handled at once. @default no limit of its own */
  readonly concurrency: number | undefined;
  readonly clock: Clock;
  readonly start: (run: EventRun) => void;
}

/**
 * Decides when an event in hand is started: those of one key after each other, suspects one at a time, at most as many as the
 * handler may work on at once.
 *
 * States: *open* -> *closed* (what runs ends; what waits goes back, unless its queue goes with this instance).
 */
export class Admission {
  readonly #start: (run: EventRun) => void;
  readonly #clock: Clock;
  readonly #lanes: Lanes<EventRun['key'], EventRun> | undefined;
  readonly #suspects = new Gate<EventRun>(1, (run) => this.#limit(run));
  readonly #places: Gate<EventRun> | undefined;
  /** Those that wait in their lane for their next attempt. */
  readonly #held = new Map<EventRun, ClockTimer>();
  #isClosed = false;

  constructor({ isOrdered, concurrency, clock, start }: AdmissionInit) {
    this.#start = start;
    this.#clock = clock;
    if (isOrdered) this.#lanes = new Lanes((run) => this.#begin(run));
    if (concurrency !== undefined) this.#places = new Gate(concurrency, (run) => this.#startWanted(run));
  }

  /** Starts it when it is its turn. */
  admit(run: EventRun): void {
    if (this.#lanes) this.#lanes.enter(run.key, run);
    else this.#begin(run);
  }

  /** Starts no suspect until it is settled what becomes of an event that is given up. */
  buryFirst(settled: Promise<void>): void {
    this.#suspects.take();
    this.#leaveSuspects(settled);
  }

  /** One that was started has ended: others may come. */
  ended(run: EventRun): void {
    this.#leaveGates(run);
    this.#lanes?.leave(run.key);
  }

  /** One that was started has ended, and is started again after a while. Its lane waits; others go on. */
  hold(run: EventRun, delayMs: number): void {
    if (this.#isClosed) return this.ended(run);
    this.#leaveGates(run);
    const again = (): void => {
      this.#held.delete(run);
      this.#begin(run);
    };
    this.#held.set(run, this.#clock.schedule(delayMs, again));
  }

  /** Starts nothing more that can go back. Calls `whenIdle`, now or later, once no event of a lane is being handled. */
  close(whenIdle: () => void): void {
    this.#isClosed = true;
    this.#lanes?.close(whenIdle);
    for (const [run, timer] of this.#held) {
      timer.cancel();
      this.#lanes?.leave(run.key);
    }
    this.#held.clear();
    for (const run of [...this.#suspects.takeWaiting(), ...(this.#places?.takeWaiting() ?? [])]) {
      // In a lane it keeps its place in the queue only if it goes back with those behind it.
      if (this.#lanes) this.#lanes.leave(run.key);
      else run.settle('requeue');
    }
  }

  #begin(run: EventRun): void {
    if (run.isSuspect) this.#suspects.enter(run);
    else this.#limit(run);
  }

  #limit(run: EventRun): void {
    if (this.#places) this.#places.enter(run);
    else this.#startWanted(run);
  }

  #startWanted(run: EventRun): void {
    if (!run.isGone) return this.#start(run);
    run.event.trial?.end(); // it may have begun before, and wait for its next attempt
    this.ended(run);
  }

  #leaveGates(run: EventRun): void {
    this.#places?.leave();
    if (run.isSuspect) this.#leaveSuspects(run.settled);
  }

  /**
   * The next one may end the process: by then the broker should have what becomes of this one, or a process could end before each dead letter
   * is written, for ever. What is sent is on the wire two turns later, since that is written once a turn.
   */
  #leaveSuspects(settled: Promise<void> | undefined): void {
    const leave = (): void => void setImmediate(() => setImmediate(() => this.#suspects.leave()));
    if (settled) void settled.then(leave);
    else leave();
  }
}
