import { longestTimerMs } from '../foundation/long-timer.ts';
import type { Publication } from './publication.ts';

/** A look at all that wait comes so many times within the patience, at most: of thousands, each has a time of its own. */
const mostLooks = 100;

/** Who publishes. */
export interface PatienceOptions {
  /** How long an event may wait, in milliseconds. */
  readonly timeoutMs: number;
  /** Those that wait or are on the wire, without those that are over. */
  readonly waiting: () => readonly Publication[];
  /** Tells whether the broker has taken events of that source before: one that is slow is then given more time with each confirm. */
  readonly isKnown: (source: string) => boolean;
  /** An event has waited for too long. */
  readonly giveUp: (publication: Publication) => void;
}

/**
 * Gives up the events that have waited for too long: since they were published or, where the broker confirms others, since its
 * last confirm. One timer does for all: with one for each, thousands that wait would cost half as much memory again.
 *
 * States: *idle* (nothing waits) -> *waiting* -> *idle* ... -> *closed*.
 */
export class PublishPatience {
  readonly #options: PatienceOptions;
  #lastConfirmAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** An event waits, or is on the wire. */
  begin(): void {
    if (!this.#timer) this.#arm(this.#options.timeoutMs);
  }

  noteConfirm(): void {
    this.#lastConfirmAt = performance.now();
  }

  /** Nothing waits any more. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.rest();
  }

  #arm(ms: number): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#look(), Math.min(Math.ceil(ms), longestTimerMs));
  }

  #look(): void {
    this.#timer = undefined;
    const { timeoutMs, waiting, giveUp } = this.#options;
    const now = performance.now();
    let leastMs = Infinity;
    for (const publication of waiting()) {
      const leftMs = this.#since(publication) + timeoutMs - now;
      if (leftMs > 0) leastMs = Math.min(leastMs, leftMs);
      else giveUp(publication);
    }
    // Who gives one up may have published the next, which began to wait by itself.
    if (leastMs < Infinity && !this.#timer) this.#arm(Math.max(leastMs, timeoutMs / mostLooks));
  }

  #since({ publishedAt, source }: Publication): number {
    return this.#options.isKnown(source) ? Math.max(publishedAt, this.#lastConfirmAt) : publishedAt;
  }
}
