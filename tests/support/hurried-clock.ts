import { setImmediate as nextTurn } from 'node:timers/promises';
import { vi } from 'vitest';

/**
 * Does some work with timers that run ahead of the clock, while sockets work as ever. Resolves with how many milliseconds
 * of timers it took; rejects as the work does. Timers that were set before are not hurried.
 */
export async function hurry(work: () => Promise<unknown>, stepMs = 10): Promise<number> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const state = { isDone: false };
  const ended = work().finally(() => {
    state.isDone = true;
  });
  ended.catch(() => {}); // awaited below
  let ms = 0;
  try {
    for (;;) {
      // Several turns, for what goes through the network and back.
      for (let turn = 0; turn < 5 && !state.isDone; turn++) await nextTurn();
      if (state.isDone) break;
      vi.advanceTimersByTime(stepMs);
      ms += stepMs;
    }
    await ended;
    return ms;
  } finally {
    vi.useRealTimers();
  }
}
