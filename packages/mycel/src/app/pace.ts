import { pause } from '../foundation/pause.ts';

/** A turn that comes late may be made up for by so much. */
const mostLateMs = 50;

/** Lets so many through in a second, evenly. */
export class Pace {
  readonly #intervalMs: number;
  #next: number | undefined;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Resolves when it is the caller's turn, or the signal aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(this.#next ?? now, now - mostLateMs);
    this.#next = at + this.#intervalMs;
    if (at > now) await pause(at - now, signal);
  }
}
