import { beforeEach, describe, expect, test, vi } from 'vitest';
import { call, fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { workerContext } from './context-dependencies.ts';
import { service } from './service.ts';
import { type CarriedContext, WorkerContext } from './worker-context.ts';
import type { WorkerDelivery } from './worker-delivery.ts';

forbidUnhandledRejections();

@service('tracing')
class Tracing {
  context = workerContext();
  @fired read(): WorkerContext {
    return this.context;
  }
}

@service('failing')
class Failing {
  @fired fail(): void {
    throw new Error('boom');
  }
}

/** Fires a worker that returns its context. */
async function contextOf(parentCallsTracked?: number, context?: CarriedContext): Promise<WorkerContext> {
  const container = new ServiceContainer(Tracing, parentCallsTracked === undefined ? {} : { parentCallsTracked });
  await container.start();
  const outcome = await fire(container, 'read', { args: [1, 'two'], context }).outcome;
  await container.stop();
  expect(outcome.ok).toBe(true);
  return (outcome as { readonly value: WorkerContext }).value;
}

const parents = Array.from({ length: 15 }, (_, index) => `caller.${index}`);

describe('the stack of call ids', () => {
  test.each([
    ['the last 10 parents by default', undefined, parents.slice(5)],
    ['as many parents as are tracked', 3, parents.slice(12)],
    ['no parent if none is tracked', 0, []],
    ['all parents if fewer than tracked', 100, parents],
  ])('keeps %s, and ends in the call’s own id', async (_what, tracked, kept) => {
    const context = await contextOf(tracked, { callIdStack: parents });
    expect(context.callIdStack).toEqual([...kept, context.callId]);
    expect(context.originCallId).toBe(kept[0] ?? context.callId);
    expect(context.parentCallId).toBe(kept.at(-1));
  });

  test('holds the call alone if nobody called', async () => {
    const context = await contextOf();
    expect(context.callIdStack).toEqual([context.callId]);
    expect(context.callId).toMatch(/^tracing\.read\.[0-9a-f-]{36}$/);
    expect(context.originCallId).toBe(context.callId);
    expect(context.parentCallId).toBeUndefined();
  });
});

describe('a worker’s context', () => {
  test('says what was fired, with what', async () => {
    const context = await contextOf();
    expect(context).toMatchObject({ serviceName: 'tracing', method: 'read', args: [1, 'two'] });
    expect(context.entrypoint.kind).toBe('fired');
    expect(context.deadline).toBeUndefined();
    expect(context.remainingMs).toBeUndefined();
  });

  test('carries a copy of the data: an entry set in a worker is not seen by the caller nor by another worker', async () => {
    const data = { user_id: 7 };
    const [first, second] = [await contextOf(10, { data }), await contextOf(10, { data })];
    expect(first.data).toEqual({ user_id: 7 });
    first.data['language'] = 'de';
    expect(data).toEqual({ user_id: 7 });
    expect(second.data).toEqual({ user_id: 7 });
  });

  test('has empty data if nothing was carried', async () => {
    const container = new ServiceContainer(Tracing);
    await container.start();
    expect(await call(container, 'read')).toMatchObject({ data: {} });
    await container.stop();
  });
});

describe('the signal of a context', () => {
  const make = (timeoutMs?: number): WorkerContext =>
    new WorkerContext({
      serviceName: 's',
      entrypoint: { kind: 'fired', method: 'm' },
      args: [],
      timeoutMs,
      parentCallsTracked: 10,
    });
  beforeEach(() => {
    vi.useFakeTimers();
  });

  test('is one and the same, and costs no timer until it is asked for', () => {
    const context = make(1000);
    expect(vi.getTimerCount()).toBe(0);
    expect(context.signal).toBe(context.signal);
    expect(vi.getTimerCount()).toBe(1);
  });

  test('is aborted if the context was aborted before it was asked for', () => {
    const context = make(1000);
    const reason = new Error('gone');
    context.abort(reason);
    expect(context.signal.aborted).toBe(true);
    expect(context.signal.reason).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('keeps the first reason', () => {
    const context = make(1000);
    const { signal } = context;
    const reason = new Error('gone');
    context.abort(reason);
    vi.advanceTimersByTime(1000);
    expect(signal.reason).toBe(reason);
  });

  test('has no time left once its signal has told so, whatever a finer clock says', () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    const context = make(10);
    const { signal } = context;
    vi.advanceTimersByTime(10);
    expect(signal.aborted).toBe(true);
    expect(context.remainingMs).toBe(0);
    clock.mockRestore();
  });

  test('does not abort early for a deadline beyond what a timer of Node can hold', () => {
    const days = 24 * 3_600_000;
    const context = make(60 * days);
    const { signal } = context;
    vi.advanceTimersByTime(59 * days);
    expect(signal.aborted).toBe(false);
    expect(context.remainingMs).toBe(1 * days);
    vi.advanceTimersByTime(1 * days);
    expect(signal.aborted).toBe(true);
    expect(context.remainingMs).toBe(0);
  });
});

describe('what a worker can know of the message that fired it', () => {
  const delivery: WorkerDelivery = {
    messageId: 'm1',
    source: 'orders',
    type: 'order.placed',
    redelivered: true,
    attempt: 2,
    firstFailedAt: new Date(0),
    replayOf: undefined,
  };

  test('is asked for when the method asks, and once', async () => {
    const container = new ServiceContainer(Tracing);
    await container.start();
    const describeDelivery = vi.fn(() => delivery);
    const worker = fire(container, 'read', { describeDelivery });
    await worker.outcome;
    expect(describeDelivery).not.toHaveBeenCalled();
    expect(worker.context.delivery).toBe(delivery);
    expect(worker.context.delivery).toBe(delivery);
    expect(describeDelivery).toHaveBeenCalledOnce();
    await container.stop();
  });

  test('is nothing, if no message did', async () => {
    expect((await contextOf()).delivery).toBeUndefined();
  });
});

test('what a method throws is logged by its container, unless the entrypoint does so itself', async () => {
  const logs: LogRecord[] = [];
  const container = new ServiceContainer(Failing, { logger: recordingLogger(logs) });
  await container.start();
  const entrypoint = { kind: 'fired', method: 'fail' };
  await container.spawnWorker({ entrypoint: { ...entrypoint, logsErrors: true }, args: [] }).outcome;
  expect(logs.filter(({ level }) => level === 'error')).toEqual([]);
  await container.spawnWorker({ entrypoint, args: [] }).outcome;
  expect(logs.filter(({ level }) => level === 'error')).toHaveLength(1);
  await container.stop();
});
