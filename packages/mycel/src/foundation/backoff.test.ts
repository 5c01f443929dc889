import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const waits = (options: Parameters<typeof backoffMs>[1], random: () => number): number[] =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => backoffMs(attempt, options, random));

describe('the wait before an attempt', () => {
  test('doubles from 100 ms up to 10 s by default', () => {
    expect(waits({}, () => 0)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  test('grows as it is told to', () => {
    const options = { initialMs: 10, factor: 3, maxMs: 500 };
    expect(waits(options, () => 0)).toEqual([10, 30, 90, 270, 500, 500, 500, 500, 500]);
    expect(waits({ initialMs: 50, factor: 1 }, () => 0)).toEqual(Array.from({ length: 9 }, () => 50));
  });

  test('is shortened by chance, by half at most unless told otherwise', () => {
    expect(waits({}, () => 1)).toEqual([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(backoffMs(1, { jitter: 1 }, () => 0.75)).toBe(25);
    expect(backoffMs(1, { jitter: 0 }, () => 1)).toBe(100);
  });

  test('is a whole number between the two ends, for any attempt', () => {
    const parts = {
      attempt: fc.integer({ min: 1, max: 1_000_000 }),
      initialMs: fc.nat(1000),
      maxMs: fc.nat(100_000),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    };
    fc.assert(
      fc.property(fc.record(parts), ({ attempt, ...options }) => {
        const ms = backoffMs(attempt, options);
        expect(Number.isInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(options.maxMs);
      }),
    );
  });
});
