import { describe, expect, test } from 'vitest';
import { ServiceContainer } from '../core/container.ts';
import { defineService, service } from '../core/service.ts';
import { eventHandler } from './event-handler.ts';
import {
  type EventHandlerOptions,
  prefetchOf,
  resolveEventHandlerOptions,
  retryScheduleOf,
} from './event-handler-options.ts';
import { eventsSection } from './events-section.ts';

const resolve = (options: EventHandlerOptions) => resolveEventHandlerOptions(options, 'lab.on');

describe('the options of an event handler', () => {
  test('default to a reliable service pool; the rest is for the configuration and the transport to say', () => {
    expect(resolve({})).toEqual({ mode: 'service-pool', reliable: true, retry: {}, expected: [] });
  });

  test('know Nameko’s name for a requeue', () => {
    expect(resolve({ requeueOnError: true })).toMatchObject({ onError: 'requeue' });
    expect(resolve({ requeueOnError: false, onError: 'drop' })).toMatchObject({ onError: 'drop' });
    expect(() => resolve({ requeueOnError: true, onError: 'retry' })).toThrow(
      "lab.on: onError 'retry' and requeueOnError contradict each other",
    );
  });

  test('of later attempts win over the configuration, one by one', () => {
    const section = eventsSection.schema.parse({ retry_attempts: 3, retry_delays: ['2s', 500] });
    expect(retryScheduleOf(resolve({}), section)).toEqual({
      attempts: 3,
      delaysMs: [2000, 500],
      jitter: 0.2,
      never: [],
    });
    const retry = { delays: ['100ms', 200], jitter: 0, never: [TypeError] } as const;
    expect(retryScheduleOf(resolve({ retry }), section)).toEqual({
      attempts: 3,
      delaysMs: [100, 200],
      jitter: 0,
      never: [TypeError],
    });
    expect(retryScheduleOf(resolve({ retry: { attempts: 9 } }), eventsSection.schema.parse({}))).toEqual({
      attempts: 9,
      delaysMs: [1000, 5000, 30_000, 120_000],
      jitter: 0.2,
      never: [],
    });
  });

  test.each([
    ['retry_delays', []],
    ['retry_delays', ['8d']],
    ['retry_attempts', 0],
    ['poison_after', 1.5],
  ])('are refused in the configuration: %s %j', (option, value) => {
    expect(eventsSection.schema.safeParse({ [option]: value }).success).toBe(false);
  });

  test.each([
    [{}, 10, 10],
    [{ concurrency: 3 }, 10, 3],
    [{ concurrency: 30 }, 10, 10],
    [{ orderBy: String }, 5, 100],
    [{ orderBy: String }, 50, 500],
    [{ orderBy: String, concurrency: 20 }, 50, 200],
    [{ orderBy: String, prefetch: 7 }, 50, 7],
  ] as const)('%o take so many events ahead, of %d workers: %d', (options, maxWorkers, prefetch) => {
    expect(prefetchOf(resolve(options), maxWorkers)).toBe(prefetch);
  });

  test('let a broadcast be unreliable, or reliable with an identity', () => {
    expect(resolve({ mode: 'broadcast' })).toMatchObject({ reliable: false });
    expect(resolve({ mode: 'broadcast', reliable: true, broadcastId: 'node-1' })).toMatchObject({ reliable: true });
    expect(() => resolve({ mode: 'broadcast', reliable: true })).toThrow(
      'lab.on: a reliable broadcast needs a broadcastId',
    );
  });

  test('are refused all at once', () => {
    const options = { mode: 'pool' as 'broadcast', broadcastId: 'x', prefetch: 0 };
    expect(() => resolve(options)).toThrow(
      /mode 'pool' is none.*broadcastId is for broadcasts only.*prefetch 0: expected a whole number/,
    );
    const wrong = {
      onError: 'again' as 'retry',
      retry: { attempts: 0, delays: ['1x' as '1s', '8d'], jitter: 2, never: ['TypeError' as never] },
      poisonAfter: -1,
      concurrency: 1.5,
      orderBy: 'id' as never,
    } as const;
    const problems = [
      "onError 'again' is none",
      'retry.attempts 0: expected a whole number',
      'retry.delays: "1x" is not a duration',
      'retry.delays: "8d" is longer than 7 days',
      'retry.jitter 2: expected a number from 0 to 1',
      'poisonAfter -1: expected',
      'concurrency 1.5: expected',
      'retry.never: expected a list of classes',
      'orderBy is no function',
    ];
    for (const problem of problems) expect(() => resolve(wrong)).toThrow(problem);
    expect(() => resolve({ retry: { delays: [] } })).toThrow('retry.delays: expected a list of durations');
  });

  test('refuse an order that requeues would break', () => {
    expect(() => resolve({ orderBy: String, onError: 'requeue' })).toThrow('loses its place');
  });

  test('are checked when the container is made', () => {
    @service('lab')
    class Lab {
      @eventHandler('s', 't', { mode: 'broadcast', reliable: true }) on(): void {}
    }
    expect(() => new ServiceContainer(Lab)).toThrow('lab.on, @eventHandler: a reliable broadcast');
  });

  test('stand beside an event that is named', () => {
    expect(() => eventHandler('', 't')).toThrow('name the service that dispatches');
    expect(() => eventHandler('s', undefined as unknown as string)).toThrow('the type of the event');
  });

  test('are shown in the manifest', () => {
    class Lab {
      on(): void {}
    }
    const lab = defineService(Lab, 'lab', { on: eventHandler('s', 't', { mode: 'broadcast' }) });
    const [entrypoint] = new ServiceContainer(lab).entrypoints;
    expect(entrypoint?.describe()).toEqual({ source: 's', type: 't', mode: 'broadcast', reliable: false });
  });

  test('are shown in the manifest where they were given', () => {
    class Lab {
      on(): void {}
    }
    const options = {
      onError: 'retry',
      retry: { attempts: 3, delays: ['1s', '1m'] },
      orderBy: String,
      concurrency: 2,
    } as const;
    const lab = defineService(Lab, 'lab', { on: eventHandler('s', 't', options) });
    const [entrypoint] = new ServiceContainer(lab).entrypoints;
    expect(entrypoint?.describe()).toEqual({
      source: 's',
      type: 't',
      mode: 'service-pool',
      reliable: true,
      onError: 'retry',
      retry: { attempts: 3, delaysMs: [1000, 60_000] },
      ordered: true,
      concurrency: 2,
    });
  });

  test('tell expected errors from others', () => {
    class Lab {
      on(): void {}
    }
    const lab = defineService(Lab, 'lab', { on: eventHandler('s', 't', { expected: [RangeError] }) });
    const [entrypoint] = new ServiceContainer(lab).entrypoints;
    expect(entrypoint?.isExpected(new RangeError())).toBe(true);
    expect(entrypoint?.isExpected(new TypeError())).toBe(false);
  });
});
