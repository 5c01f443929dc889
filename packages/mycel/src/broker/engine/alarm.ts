import type { Clock, ClockTimer } from '../../foundation/clock.ts';

/** One timer for all that a queue waits for: it rings at the earliest time it was set to, or somewhat late, never early. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: ClockTimer | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sees that it rings at this time, if nothing makes it ring before. `Infinity` is never. */
  setTo(time: number): void {
    if (time >= this.#dueAt) return;
    this.#timer?.cancel();
    this.#dueAt = time;
    this.#timer = this.#clock.schedule(Math.max(0, Math.ceil(time - this.#clock.now())), () => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#ring();
    });
  }

  /** Never rings again, unless it is set again. */
  stop(): void {
    this.#timer?.cancel();
    this.#dueAt = Number.POSITIVE_INFINITY;
  }
}
