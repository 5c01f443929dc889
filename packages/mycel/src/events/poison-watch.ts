import { type Clock, systemClock } from '../foundation/clock.ts';

/** After a verdict the others that came back with it are let be for so long. */
const pardonMs = 60_000;

/**
 * Tells the events that kill their processes from their neighbours. What a process holds comes back when it dies, all of it, and is
 * counted alike; the first in line is the likely culprit, since suspects are handled one at a time, in the order they came. So
 * for a while after each verdict the others are tried. If one of them is a culprit too, the next process begins with it.
 */
export class PoisonWatch {
  readonly #after: number;
  readonly #clock: Clock;
  #pardonEnds = 0;

  constructor(after: number, clock: Clock = systemClock) {
    this.#after = after;
    this.#clock = clock;
  }

  /**
   * Says whether an event that came back so often is tried alone among its like. The first time most likely a connection was lost, and a
   * handler that works on many at once should get done with them so.
   */
  suspects(returns: number): boolean {
    return returns >= this.#firstSuspect;
  }

  /** Says whether an event that came back so often is given up without being tried again. */
  condemns(returns: number): boolean {
    if (returns < this.#after || this.#clock.now() < this.#pardonEnds) return false;
    this.#pardonEnds = this.#clock.now() + pardonMs;
    return true;
  }

  /**
   * Says the same of one of which is known how often it began alone, and nobody lived to see the end. The returns that made it a suspect are
   * taken for deaths of it too, so that it ends no more processes than others; they are fewer than it takes, so it is tried once at least.
   */
  condemnsTried(trials: number): boolean {
    return trials >= this.#after - this.#firstSuspect;
  }

  get #firstSuspect(): number {
    return Math.min(2, this.#after - 1);
  }
}
