import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../../../tests/support/seeded-random.ts';
import { UsageError } from '../foundation/errors.ts';
import { RetryLater } from './retry-later.ts';
import { nextAttempt, type RetrySchedule } from './retry-schedule.ts';

const schedule: RetrySchedule = { attempts: 4, delaysMs: [1000, 5000], jitter: 0, never: [SyntaxError] };
const boom = new Error('boom');

describe('a failed event', () => {
  test('is tried again after each delay in turn, the last one repeated, until it was tried often enough', () => {
    const delays = [0, 1, 2, 3].map((failures) => nextAttempt(schedule, failures, boom));
    expect(delays).toEqual([
      { delayMs: 1000, counts: true },
      { delayMs: 5000, counts: true },
      { delayMs: 5000, counts: true },
      'none',
    ]);
  });

  test('is not tried again beyond the number of attempts, which may have been lowered meanwhile', () => {
    expect(nextAttempt({ ...schedule, attempts: 1 }, 0, boom)).toBe('none');
    expect(nextAttempt(schedule, 17, boom)).toBe('none');
  });

  test('comes back a little early by chance, and never late', () => {
    const random = new SeededRandom(7);
    const jittered = { ...schedule, jitter: 0.2 };
    const delays = Array.from({ length: 200 }, () => {
      const next = nextAttempt(jittered, 0, boom, () => random.next());
      return next === 'none' ? Number.NaN : next.delayMs;
    });
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });

  test('is not tried again after an error that no attempt mends', () => {
    expect(nextAttempt(schedule, 0, new SyntaxError())).toBe('none');
    expect(nextAttempt(schedule, 0, new UsageError('wrong'))).toBe('none');
  });
});

describe('a handler that wants its event later', () => {
  test('gets it after that time, to the millisecond', () => {
    const jittered = { ...schedule, jitter: 1 };
    expect(nextAttempt(jittered, 0, new RetryLater({ delay: '10m' }))).toEqual({ delayMs: 600_000, counts: true });
  });

  test('gets it as often as it has attempts', () => {
    expect(nextAttempt(schedule, 3, new RetryLater({ delay: '1s' }))).toBe('none');
  });

  test('gets it again and again where that does not count', () => {
    const wish = new RetryLater({ delay: 5, counts: false });
    expect(nextAttempt(schedule, 3, wish)).toEqual({ delayMs: 5, counts: false });
  });

  test('may say why', () => {
    expect(new RetryLater({ delay: '1s', cause: boom, message: 'rate limit' })).toMatchObject({
      name: 'RetryLater',
      message: 'rate limit',
      cause: boom,
    });
    expect(new RetryLater({ delay: '1s' })).toMatchObject({ message: 'try again in 1s' });
    expect('cause' in new RetryLater({ delay: '1s' })).toBe(false);
  });

  test('cannot wait for ever, or for nothing', () => {
    expect(() => new RetryLater({ delay: '8d' })).toThrow(UsageError);
    expect(() => new RetryLater({ delay: 'soon' as '1s' })).toThrow('RetryLater, delay: "soon" is not a duration');
    expect(new RetryLater({ delay: '7d' }).delayMs).toBe(604_800_000);
  });
});
