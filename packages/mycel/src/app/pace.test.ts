import { beforeEach, expect, test, vi } from 'vitest';
import { Pace } from './pace.ts';

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});

test('so many get their turn in a second, evenly', async () => {
  const pace = new Pace(10);
  const begin = performance.now();
  const turns: number[] = [];
  const all = (async () => {
    for (let turn = 0; turn < 4; turn++) {
      await pace.turn(never);
      turns.push(performance.now() - begin);
    }
  })();
  await vi.advanceTimersByTimeAsync(400);
  await all;
  expect(turns).toEqual([0, 100, 200, 300]);
});

test('what was late is not made up for at once', async () => {
  const pace = new Pace(1);
  await pace.turn(never);
  await vi.advanceTimersByTimeAsync(60_000);
  await pace.turn(never);
  void pace.turn(never);
  expect(vi.getTimerCount()).toBe(1);
});

test('a turn that is further away than the longest timer of Node is waited for', async () => {
  const pace = new Pace(1 / 3600 / 24 / 60);
  await pace.turn(never);
  let isThere = false;
  void pace.turn(never).then(() => (isThere = true));
  await vi.advanceTimersByTimeAsync(59 * 24 * 3600 * 1000);
  expect(isThere).toBe(false);
  await vi.advanceTimersByTimeAsync(24 * 3600 * 1000);
  expect(isThere).toBe(true);
});

test('an abort ends the wait', async () => {
  const pace = new Pace(1);
  const stop = new AbortController();
  await pace.turn(stop.signal);
  const turn = pace.turn(stop.signal);
  stop.abort();
  await turn;
  expect(vi.getTimerCount()).toBe(0);
});
