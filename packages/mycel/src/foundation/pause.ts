import type { CancelSignal } from './cancellation.ts';
import { LongTimer } from './long-timer.ts';

/** Waits any number of milliseconds, or until `signal` aborts. Never rejects. */
export function pause(ms: number, signal?: CancelSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = new LongTimer(ms, done);
    signal?.addEventListener('abort', done);
  });
}
