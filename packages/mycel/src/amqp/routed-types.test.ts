import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { doubtMs } from './exchange-watch.ts';
import { RoutedTypes } from './routed-types.ts';

let asked: string[];
let routed: RoutedTypes;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  asked = [];
  routed = new RoutedTypes((source) => asked.push(source));
});

afterEach(() => {
  vi.useRealTimers();
});

it('an event of a type that never had a queue is believed to have none', () => {
  expect(routed.isDoubtful('shop', 'sold')).toBe(false);
  expect(asked).toEqual([]);
});

it('where a queue was a moment ago, its want is doubted for a while, and told of once', () => {
  routed.note('shop', 'sold');
  for (const ms of [0, doubtMs - 1]) {
    vi.advanceTimersByTime(ms);
    expect(routed.isDoubtful('shop', 'sold')).toBe(true);
  }
  vi.advanceTimersByTime(1);
  expect([routed.isDoubtful('shop', 'sold'), routed.isDoubtful('shop', 'sold')]).toEqual([false, false]);
  expect(asked).toEqual(['shop']);
});

it('an event that is routed again ends the doubt', () => {
  routed.note('shop', 'sold');
  routed.isDoubtful('shop', 'sold');
  routed.note('shop', 'sold');
  vi.advanceTimersByTime(doubtMs);
  expect(routed.isDoubtful('shop', 'sold')).toBe(true);
});

it('while one type of a source is doubted, so is one that never had a queue; not longer, and not of other sources', () => {
  routed.note('shop', 'sold');
  routed.isDoubtful('shop', 'sold');
  expect([routed.isDoubtful('shop', 'moved'), routed.isDoubtful('bank', 'moved')]).toEqual([true, false]);
  vi.advanceTimersByTime(doubtMs);
  expect(routed.isDoubtful('shop', 'moved')).toBe(false);
});

it('knows the types that were routed last, where each event has one of its own', () => {
  for (let order = 0; order < 5000; order++) routed.note('shop', `order.${order}.paid`);
  expect(routed.isDoubtful('shop', 'order.3999.paid')).toBe(false);
  expect(routed.isDoubtful('shop', 'order.4000.paid')).toBe(true);
});
