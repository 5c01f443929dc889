/**
 * When a timer ticks: at `start + n * interval`, however long its work takes, so that ticks do not drift. Of the ticks
 * that come due while one is at work, the last is made up for at once and the others are skipped.
 */
export class TimerSchedule {
  readonly #intervalMs: number;
  readonly #startedAt: number;
  #tick: number;

  /** `now` is the time of the start; an eager timer's first tick is due then, another's an interval later. */
  constructor(intervalMs: number, isEager: boolean, now: number) {
    this.#intervalMs = intervalMs;
    this.#startedAt = now;
    this.#tick = isEager ? 0 : 1;
  }

  /** Milliseconds until the next tick; 0 if it is due. */
  remainingMs(now: number): number {
    return Math.max(0, this.#startedAt + this.#tick * this.#intervalMs - now);
  }

  /** Moves on to the tick after the one whose work has ended at `now`. */
  advance(now: number): void {
    const lastDue = Math.floor((now - this.#startedAt) / this.#intervalMs);
    this.#tick = Math.max(this.#tick + 1, lastDue);
  }
}
