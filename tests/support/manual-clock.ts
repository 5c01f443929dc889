import type { Clock, ClockTimer } from '../../packages/mycel/src/foundation/clock.ts';

interface SetTimer {
  readonly dueAt: number;
  readonly run: () => void;
}

/** A clock that stands still until a test makes time pass. */
export class ManualClock implements Clock {
  readonly #timers = new Set<SetTimer>();
  #now: number;

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** Timers that have been set and have neither fired nor been cancelled. */
  get timerCount(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): ClockTimer {
    const timer = { dueAt: this.#now + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Lets time pass, and fires what comes due on the way, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextDueBy(end); next !== undefined; next = this.#nextDueBy(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.run();
    }
    this.#now = end;
  }

  #nextDueBy(end: number): SetTimer | undefined {
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= end);
    return due.toSorted((one, other) => one.dueAt - other.dueAt)[0];
  }
}
