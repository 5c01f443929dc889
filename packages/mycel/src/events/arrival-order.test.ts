import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ArrivalOrder } from './arrival-order.ts';

forbidUnhandledRejections();

let begun: string[];
let arrivals: ArrivalOrder;

const begin = async (name: string): Promise<string> => {
  begun.push(name);
  return `${name} done`;
};

beforeEach(() => {
  begun = [];
  arrivals = new ArrivalOrder();
});

describe('what arrives in turn', () => {
  test('begins in that order, however long each check takes', async () => {
    const [first, second] = [deferred<string>(), deferred<string>()];
    const results = [first.promise, second.promise, 'third'].map((check) => arrivals.enter(check, begin));
    second.resolve('second');
    await setImmediate();
    expect(begun).toEqual([]);
    first.resolve('first');
    expect(await Promise.all(results)).toEqual(['first done', 'second done', 'third done']);
    expect(begun).toEqual(['first', 'second', 'third']);
  });

  test('waits as long as anything before it is being checked', async () => {
    const second = deferred<string>();
    const results = [Promise.resolve('first'), second.promise].map((check) => arrivals.enter(check, begin));
    expect(await results[0]).toBe('first done');
    await setImmediate();
    expect(arrivals.isWaiting).toBe(true);
    second.resolve('second');
    await results[1];
    await setImmediate();
    expect(arrivals.isWaiting).toBe(false);
  });

  test('does not wait for what becomes of the one before', async () => {
    const result = deferred<string>();
    const slow = arrivals.enter('slow', (name) => (void begin(name), result.promise));
    expect(await arrivals.enter('next', begin)).toBe('next done');
    result.resolve('late');
    expect(await slow).toBe('late');
  });

  test('goes on after a check that fails, whenever that is', async () => {
    const first = deferred<string>();
    const waiting = arrivals.enter(first.promise, begin);
    const failing = arrivals.enter(Promise.reject(new Error('no')), begin);
    const next = arrivals.enter('next', begin);
    const seen = expect(failing).rejects.toThrow('no');
    await setImmediate();
    first.resolve('first');
    await seen;
    expect(await Promise.all([waiting, next])).toEqual(['first done', 'next done']);
    await setImmediate();
    expect(arrivals.isWaiting).toBe(false);
  });
});
