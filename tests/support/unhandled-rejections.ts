import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, vi } from 'vitest';

/** Fails each test of the file during which a promise was rejected that nobody had looked at. Real timers come back. */
export function forbidUnhandledRejections(): void {
  const seen: unknown[] = [];
  const notice = (reason: unknown): void => void seen.push(reason);
  beforeEach(() => {
    seen.length = 0;
    process.on('unhandledRejection', notice);
  });
  afterEach(async () => {
    vi.useRealTimers();
    await setImmediate(); // Node reports once the microtasks of a turn have run
    process.off('unhandledRejection', notice);
    expect(seen).toEqual([]);
  });
}
