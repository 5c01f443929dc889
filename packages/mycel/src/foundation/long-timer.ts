import { setImmediate } from 'node:timers';

/** Node's timers take no longer delay: beyond it they fire at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** Fires once after any number of milliseconds, `Infinity` included: what `setTimeout` cannot do beyond 24 days. */
export class LongTimer {
  #timer: NodeJS.Timeout | undefined;
  #keepsProcess = true;

  constructor(ms: number, run: () => void) {
    this.#arm(ms, run);
  }

  /** Lets the process end although the timer has not fired. */
  unref(): this {
    this.#keepsProcess = false;
    this.#timer?.unref();
    return this;
  }

  /** Keeps the timer from firing. Idempotent. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number, run: () => void): void {
    const step = Math.min(ms, longestTimerMs);
    this.#timer = setTimeout(() => (step < ms ? this.#arm(ms - step, run) : run()), step);
    if (!this.#keepsProcess) this.#timer.unref();
  }
}

/**
 * Waits for `work`, at most `ms` milliseconds: `false` if it has not ended by then. Rejects as `work` does. After a time in which the process
 * stood still, timers are due before what has arrived meanwhile is read: that is read first.
 */
export async function endsWithin(work: PromiseLike<unknown>, ms: number): Promise<boolean> {
  let timer: LongTimer | undefined;
  const late = new Promise<false>((resolve) => {
    timer = new LongTimer(ms, () => setImmediate(() => resolve(false)));
  });
  try {
    return await Promise.race([Promise.resolve(work).then(() => true as const), late]);
  } finally {
    timer?.cancel();
  }
}
