import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { CallTimeoutError, DisconnectedError, UnknownServiceError } from '../transport/transport-errors.ts';
import { emptyContext } from '../transport/wire-context.ts';
import { RepeatedInvocation } from './repeated-invocation.ts';
import { calleeCrashed } from './rpc-errors.ts';

forbidUnhandledRejections();
afterEach(() => vi.useRealTimers());

/** A call each of whose attempts fails in the same way, and how many there were. */
function failing(error: Error, timeoutMs: number, signal?: AbortSignal) {
  const attempts = new Array<number>();
  const call = { service: 'lab', method: 'work', args: [], kwargs: {}, context: emptyContext, timeoutMs, signal };
  const invocation = new RepeatedInvocation(call, 3, (attempt) => {
    attempts.push(attempt.timeoutMs);
    const sent = Promise.reject(error);
    sent.catch(() => {});
    return { correlationId: `attempt ${attempts.length}`, sent, result: () => sent };
  });
  return { invocation, attempts };
}

test('a call that was lost is sent again with the time that is left, and fails as its last attempt', async () => {
  const lost = new DisconnectedError('lost');
  const { invocation, attempts } = failing(lost, 20_000);
  await expect(invocation.result()).rejects.toBe(lost);
  await expect(invocation.sent).rejects.toBe(lost);
  expect(attempts).toHaveLength(4);
  expect(attempts).toEqual([...new Set(attempts)].toSorted((a, b) => b - a));
  expect(attempts[0]).toBe(20_000);
  expect(invocation.correlationId).toBe('attempt 1');
});

test('a call is not sent again when the wait would outlast its deadline', async () => {
  // The shortest wait before another attempt is 50 ms.
  const { invocation, attempts } = failing(new DisconnectedError('lost'), 40);
  await expect(invocation.result()).rejects.toThrow(DisconnectedError);
  expect(attempts).toHaveLength(1);
});

test.each([
  ['UnknownServiceError', new UnknownServiceError('lab')],
  ['CallTimeoutError', new CallTimeoutError('lab', 'work', 5, { waitedMs: 5, wasSent: true })],
  ['CalleeCrashedError', calleeCrashed('lab.work', 3)],
  ['TypeError', new TypeError('boom')],
])('a call that ends with a %s is not sent again', async (_name, error) => {
  const { invocation, attempts } = failing(error, 20_000);
  await expect(invocation.result()).rejects.toBe(error);
  expect(attempts).toHaveLength(1);
});

test('a call that is cancelled while it waits for its next attempt waits no longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const controller = new AbortController();
  const { signal } = controller;
  const { invocation, attempts } = failing(new DisconnectedError('lost'), 20_000, signal);
  await setImmediate();
  expect([attempts.length, vi.getTimerCount()]).toEqual([1, 1]);
  controller.abort();
  // What is sent now ends at once, since its signal has aborted.
  await expect(invocation.result()).rejects.toThrow('lost');
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a call whose answer nobody waits for fails in silence', async () => {
  const { invocation, attempts } = failing(new TypeError('boom'), 20_000);
  await setImmediate();
  expect(attempts).toHaveLength(1);
  expect(invocation.correlationId).toBe('attempt 1');
});
