import { beforeEach, describe, expect, test, vi } from 'vitest';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from './deferred.ts';
import { endsWithin, LongTimer } from './long-timer.ts';

forbidUnhandledRejections();
beforeEach(() => {
  vi.useFakeTimers();
});

const day = 24 * 3_600_000;

describe('a long timer', () => {
  test.each([0, 1000, 2 ** 31 - 1, 2 ** 31, 60 * day])('fires once after %d ms, not before', (ms) => {
    const run = vi.fn();
    const timer = new LongTimer(ms, run);
    vi.advanceTimersByTime(Math.max(0, ms - 1));
    if (ms > 0) expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    timer.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('of infinite length does not fire', () => {
    const run = vi.fn();
    const timer = new LongTimer(Number.POSITIVE_INFINITY, run);
    vi.advanceTimersByTime(365 * day);
    expect(run).not.toHaveBeenCalled();
    timer.cancel();
  });

  test.each([0, 30 * day])('that is cancelled after %d ms does not fire', (passed) => {
    const run = vi.fn();
    const timer = new LongTimer(60 * day, run);
    vi.advanceTimersByTime(passed);
    timer.cancel();
    timer.cancel();
    vi.advanceTimersByTime(60 * day);
    expect(run).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('may let the process end, also once it was set again', () => {
    const faked = globalThis.setTimeout;
    const timers: NodeJS.Timeout[] = [];
    // By hand, since a restored spy would leave the faked function behind when the clock is real again.
    globalThis.setTimeout = Object.assign((run: () => void, ms: number) => {
      const timer = faked(run, ms);
      timers.push(timer);
      return timer;
    }, faked);
    new LongTimer(60 * day, () => {}).unref();
    vi.advanceTimersByTime(30 * day);
    globalThis.setTimeout = faked;
    expect(timers.map((timer) => timer.hasRef())).toEqual([false, false]);
  });
});

describe('work that should end within a time', () => {
  test('that ends in time leaves no timer', async () => {
    expect(await endsWithin(Promise.resolve(), 1000)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that takes longer is not waited for', async () => {
    const work = deferred();
    const waiting = endsWithin(work.promise, 1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await waiting).toBe(false);
    work.reject(new Error('nobody waits any more'));
  });

  test('that fails in time rejects', async () => {
    await expect(endsWithin(Promise.reject(new Error('failed')), 1000)).rejects.toThrow('failed');
    expect(vi.getTimerCount()).toBe(0);
  });
});
