import { once } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LogRecord } from '../../../../tests/support/recording-logger.ts';
import { type ScriptedEventsOptions, startScripted } from '../../../../tests/support/scripted-events.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { declareEntrypoint } from '../core/declaration.ts';
import { defineService } from '../core/service.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import type { WorkerDelivery } from '../core/worker-delivery.ts';
import { systemClock } from '../foundation/clock.ts';
import { deferred } from '../foundation/deferred.ts';
import { UsageError } from '../foundation/errors.ts';
import type { EventHandlerOptions } from './event-handler-options.ts';
import { EventHandlerEntrypoint } from './event-handler-entrypoint.ts';
import { RetryLater } from './retry-later.ts';

forbidUnhandledRejections();

let fail: (payload: unknown) => unknown;
let running: ((context: WorkerContext) => Promise<void>) | undefined;
let seen: unknown[];
let deliveries: (WorkerDelivery | undefined)[];

class Lab {
  context = workerContext();

  on(payload: unknown): unknown {
    seen.push(payload);
    deliveries.push(this.context.delivery);
    return running ? running(this.context) : fail(payload);
  }
}

beforeEach(() => {
  seen = [];
  running = undefined;
  deliveries = [];
  fail = () => {
    throw new TypeError('boom');
  };
});

const schema = z.object({ id: z.number() });

/** Starts a handler whose chances are all the same. */
const start = async (
  options: EventHandlerOptions = {},
  scripted: ScriptedEventsOptions & { checked?: boolean } = {},
) => {
  const event = { source: 's', type: 't', ...(scripted.checked ? { schema } : {}) };
  const surroundings = { clock: systemClock, random: () => 0.5 };
  const on = declareEntrypoint('event', () => new EventHandlerEntrypoint(event, options, surroundings));
  const services = await startScripted([defineService(Lab, 'lab', { on })], scripted);
  const levels = (): string[] =>
    services.logs.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);
  return { ...services, levels };
};

/** The stacks that a log would show. */
const stacks = (logs: readonly LogRecord[]): unknown[] =>
  logs.flatMap(({ fields }) => (fields['err'] instanceof Error && fields['err'].stack ? [fields['err'].stack] : []));

describe('an event on which its handler fails', () => {
  test('is tried again later, and that is logged and counted', async () => {
    const { deliver, levels, logs, counters } = await start();
    expect(await deliver('on', { messageId: 'm1' })).toEqual({ kind: 'retry', delayMs: 900 });
    expect(await deliver('on', { failures: 1 })).toEqual({ kind: 'retry', delayMs: 4500 });
    expect(levels()).toEqual([
      'warn: lab.on threw TypeError: boom; attempt 1 of 5; the next one in 900ms',
      'warn: lab.on threw TypeError: boom; attempt 2 of 5; the next one in 4.5s',
    ]);
    expect(logs.find(({ level }) => level === 'warn')?.fields).toMatchObject({
      attempt: 1,
      delayMs: 900,
      messageId: 'm1',
      callId: expect.stringMatching(/^lab\.on\./) as string,
      err: expect.any(TypeError) as Error,
    });
    expect(counters.toJSON()).toEqual({ events_retried: { 'lab.on': 2 } });
  });

  test('is a dead letter after its last attempt', async () => {
    const { deliver, levels, counters, runner } = await start();
    expect(await deliver('on', { failures: 4, firstFailedAt: 7 })).toEqual({
      kind: 'dead-letter',
      firstFailedAt: 7,
      failure: {
        reason: 'failed',
        attempts: 5,
        instance: runner.containers[0]?.instanceId,
        error: expect.objectContaining({ type: 'TypeError', message: 'boom' }) as unknown,
      },
    });
    expect(levels()).toEqual([
      "error: lab.on threw TypeError: boom; attempt 5 was its last, the event is a dead letter: see it with 'mycel dead-letters list --service lab'",
    ]);
    expect(counters.toJSON()).toEqual({ events_dead_lettered: { 'lab.on': 1 } });
  });

  test('follows the configuration, unless its handler says otherwise', async () => {
    const events = { retry_attempts: 2, retry_delays: ['10s'] };
    const configured = await start({}, { events });
    expect(await configured.deliver('on')).toEqual({ kind: 'retry', delayMs: 9000 });
    expect(await configured.deliver('on', { failures: 1 })).toMatchObject({ kind: 'dead-letter' });
    const said = await start({ retry: { attempts: 3, delays: ['2s'], jitter: 0 } }, { events });
    expect(await said.deliver('on', { failures: 1 })).toEqual({ kind: 'retry', delayMs: 2000 });
  });

  test.each([
    ['that never gets better', new RangeError('never')],
    ['that is a wrong use of Mycel', new UsageError('wrong')],
  ])('with an error %s is a dead letter at once', async (_what, error) => {
    fail = () => {
      throw error;
    };
    const { deliver } = await start({ retry: { never: [RangeError] } });
    expect(await deliver('on')).toMatchObject({ kind: 'dead-letter', failure: { attempts: 1, reason: 'failed' } });
  });

  test('as part of its normal work is no error in the log', async () => {
    const { deliver, levels } = await start({ expected: [TypeError], retry: { attempts: 1 } });
    await deliver('on');
    expect(levels()).toEqual([expect.stringMatching(/^warn: lab\.on threw TypeError: boom; attempt 1 was its last/)]);
  });

  test('may be dropped instead', async () => {
    const { deliver, levels, counters } = await start({ onError: 'drop' });
    expect(await deliver('on')).toBe('ack');
    expect(levels()).toEqual(['error: lab.on threw TypeError: boom; the event is given up']);
    expect(counters.toJSON()).toEqual({ events_dropped: { 'lab.on': 1 } });
  });

  test('may go back at once instead', async () => {
    const { deliver, levels, counters } = await start({ requeueOnError: true });
    expect(await deliver('on', { failures: 100, returns: 100 })).toBe('requeue');
    expect(levels()).toEqual(['error: lab.on threw TypeError: boom; the event goes back at once']);
    expect(counters.toJSON()).toEqual({ events_requeued: { 'lab.on': 1 } });
  });

  test('is dropped where the transport’s services do so', async () => {
    const { deliver } = await start({}, { onError: 'drop' });
    expect(await deliver('on')).toBe('ack');
  });

  test('is dropped where nothing can be held back, which is said at the start', async () => {
    const { deliver, levels } = await start({ onError: 'retry' }, { retries: false });
    expect(levels()).toEqual(['warn: lab.on: scripted holds no events back: one on which it fails is given up']);
    expect(await deliver('on')).toBe('ack');
  });
});

describe('a handler that wants its event later', () => {
  test('gets it then, and the wish is no warning', async () => {
    fail = () => {
      throw new RetryLater({ delay: '10m' });
    };
    const { deliver, levels, logs } = await start();
    expect(await deliver('on')).toEqual({ kind: 'retry', delayMs: 600_000 });
    expect(stacks(logs)).toEqual([]);
    expect(levels()).toEqual([
      expect.stringMatching(/^info: lab\.on threw RetryLater: try again in 10m; attempt 1 of 5; the next one in 10m$/),
    ]);
  });

  test('gets it then also if its failures are dropped otherwise', async () => {
    fail = () => {
      throw new RetryLater({ delay: '1s', counts: false, cause: new Error('rate limit') });
    };
    const { deliver, levels } = await start({ onError: 'drop' });
    expect(await deliver('on', { failures: 9 })).toEqual({ kind: 'retry', delayMs: 1000, counts: false });
    expect(levels()).toEqual([expect.stringMatching(/^warn: lab\.on threw rate limit; the next one in 1s$/)]);
  });

  test('has the reason of its wish in the dead letter, once it wished too often', async () => {
    fail = () => {
      throw new RetryLater({ delay: '1s', cause: new RangeError('rate limit') });
    };
    const { deliver } = await start();
    expect(await deliver('on', { failures: 4 })).toMatchObject({
      failure: { error: { type: 'RangeError', message: 'rate limit' } },
    });
  });
});

describe('an event that cannot be handled', () => {
  test('since it does not fit is a dead letter at once, and starts no worker', async () => {
    const { deliver, levels, logs, counters } = await start({}, { checked: true });
    expect(await deliver('on', { payload: { id: 'x' } })).toMatchObject({
      kind: 'dead-letter',
      failure: {
        reason: 'invalid',
        attempts: 0,
        error: { type: 'InvalidPayloadError', problems: [{ path: 'id' }], stack: undefined },
      },
    });
    expect(seen).toEqual([]);
    expect(levels()).toEqual([expect.stringMatching(/^error: lab\.on cannot take an event, and it is a dead letter/)]);
    expect(stacks(logs)).toEqual([]);
    expect(counters.toJSON()).toEqual({
      events_invalid: { 'lab.on': 1 },
      events_dead_lettered: { 'lab.on': 1 },
    });
  });

  test('since it cannot be read is a dead letter, also where failures go back at once', async () => {
    const { deliver } = await start({ requeueOnError: true });
    expect(await deliver('on', { malformed: 'no JSON' })).toMatchObject({
      failure: { reason: 'invalid', error: { message: 'no JSON' } },
    });
  });

  test('is given up where failures are dropped', async () => {
    const { deliver, counters } = await start({ onError: 'drop' });
    expect(await deliver('on', { malformed: 'no JSON' })).toBe('ack');
    expect(counters.toJSON()).toEqual({ events_invalid: { 'lab.on': 1 }, events_dropped: { 'lab.on': 1 } });
  });
});

describe('what a handler can know of its event', () => {
  test('is how it came', async () => {
    fail = () => {};
    const { deliver, counters } = await start();
    const event = { messageId: 'm1', redelivered: true, failures: 2, firstFailedAt: 5, replayOf: 'letter' };
    expect(await deliver('on', { ...event, type: 'orders.placed' })).toBe('ack');
    expect(deliveries).toEqual([
      {
        messageId: 'm1',
        source: 's',
        type: 'orders.placed',
        redelivered: true,
        attempt: 3,
        firstFailedAt: new Date(5),
        replayOf: 'letter',
      },
    ]);
    expect(counters.toJSON()).toEqual({ events_redelivered: { 'lab.on': 1 } });
  });
});

describe('an instance that stops', () => {
  test('gives back an event whose handler fails because it is told to end', async () => {
    const { deliver, runner, counters } = await start({}, { graceMs: 0 });
    const begun = deferred();
    running = async ({ signal }) => {
      begun.resolve();
      await once(signal, 'abort');
      throw new Error('interrupted');
    };
    const settlement = deliver('on', { failures: 4 });
    await begun.promise;
    await runner.stop();
    expect(await settlement).toBe('requeue');
    expect(counters.toJSON()).toEqual({});
  });
});
