import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../../tests/support/manual-clock.ts';
import { PoisonWatch } from './poison-watch.ts';

describe('a watch for poison', () => {
  test('condemns what came back too often', () => {
    const watch = new PoisonWatch(3, new ManualClock());
    expect([0, 1, 2].some((returns) => watch.condemns(returns))).toBe(false);
    expect(watch.condemns(3)).toBe(true);
  });

  test.each([
    [5, [1], [2, 3, 4]],
    [3, [1], [2]],
    [2, [], [1]],
    [1, [], [1]],
  ])('that condemns after %i suspects before, what came back once only where it must', (after, trusted, suspected) => {
    const watch = new PoisonWatch(after, new ManualClock());
    expect(trusted.filter((returns) => watch.suspects(returns))).toEqual([]);
    expect(suspected.filter((returns) => watch.suspects(returns))).toEqual(suspected);
  });

  test('condemns the first one in line, and lets those that came back with it be tried', () => {
    const clock = new ManualClock();
    const watch = new PoisonWatch(3, clock);
    expect([3, 3, 4].map((returns) => watch.condemns(returns))).toEqual([true, false, false]);
    clock.advance(60_000);
    expect([5, 5].map((returns) => watch.condemns(returns))).toEqual([true, false]);
  });
});
