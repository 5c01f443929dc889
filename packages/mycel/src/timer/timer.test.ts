import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { recordingLogger, type LogRecord } from '../../../../tests/support/recording-logger.ts';
import { ServiceContainer } from '../core/container.ts';
import { defineService, service } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { UsageError } from '../foundation/errors.ts';
import { timer } from './timer.ts';
import type { TimerOptions } from './timer-entrypoint.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A container whose timer runs `work` and notes when: in milliseconds since its start, to the nearest 5 (a timeout takes 1). */
async function ticking(options: TimerOptions, work: () => unknown = () => {}): Promise<Ticking> {
  const ticks: number[] = [];
  const logged: LogRecord[] = [];
  const startedAt = performance.now();
  class Clock {
    tick(): unknown {
      ticks.push(Math.round((performance.now() - startedAt) / 5) * 5);
      return work();
    }
    async occupy(until: Promise<void>): Promise<void> {
      await until;
    }
  }
  const definition = defineService(Clock, 'clock', { tick: timer(options), occupy: fired }, { maxWorkers: 1 });
  const container = new ServiceContainer(definition, { logger: recordingLogger(logged) });
  await container.start();
  return { ticks, logged, container };
}

interface Ticking {
  readonly ticks: readonly number[];
  readonly logged: readonly LogRecord[];
  readonly container: ServiceContainer;
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const busyFor = (ms: number) => (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

test('ticks every interval, for the first time after one', async () => {
  const { ticks, container } = await ticking({ interval: '1s' });
  await pass(3500);
  expect(ticks).toEqual([1000, 2000, 3000]);
  await container.stop();
});

test('an eager timer ticks at the start too', async () => {
  const { ticks, container } = await ticking({ interval: 1000, eager: true });
  await pass(2500);
  expect(ticks).toEqual([0, 1000, 2000]);
  await container.stop();
});

test('the schedule does not drift, however long the work takes within an interval', async () => {
  const { ticks, container } = await ticking({ interval: 100 }, busyFor(70));
  await pass(100 * 100 + 80);
  expect(ticks).toEqual(Array.from({ length: 100 }, (_, n) => (n + 1) * 100));
  await container.stop();
});

test('work that is longer than the interval is followed by the next tick at once, and never overlaps', async () => {
  let running = 0;
  let most = 0;
  const { ticks, container } = await ticking({ interval: 500 }, async () => {
    most = Math.max(most, ++running);
    await busyFor(1200)();
    running -= 1;
  });
  await pass(5000);
  expect(most).toBe(1);
  expect(ticks).toEqual([500, 1700, 2900, 4105]);
  await container.kill();
});

test('after one long tick the missed ones are skipped, and the schedule is kept', async () => {
  let isFirst = true;
  const { ticks, container } = await ticking({ interval: 100 }, () => {
    const ms = isFirst ? 1050 : 0;
    isFirst = false;
    return busyFor(ms)();
  });
  await pass(1450);
  expect(ticks).toEqual([100, 1150, 1200, 1300, 1400]);
  await container.stop();
});

test('a tick that throws is logged, and ticking goes on', async () => {
  const { ticks, logged, container } = await ticking({ interval: 100 }, () => {
    throw new Error('broken clock');
  });
  await pass(250);
  expect(ticks).toEqual([100, 200]);
  const errors = logged.filter(({ level }) => level === 'error');
  expect(errors.map(({ message }) => message)).toEqual(Array(2).fill('clock.tick threw broken clock'));
  expect(container.state).toBe('running');
  await container.stop();
});

test('waiting for a free worker is part of the tick: it is not asked for twice', async () => {
  const { ticks, container } = await ticking({ interval: 100 });
  const release = deferred();
  const occupied = call(container, 'occupy', release.promise);
  await pass(1050);
  expect(ticks).toEqual([]);
  release.resolve();
  await occupied;
  await pass(0);
  // The tick that waited, and the last of those that came due meanwhile.
  expect(ticks).toEqual([1050, 1050]);
  await pass(100);
  expect(ticks).toEqual([1050, 1050, 1100]);
  await container.stop();
});

describe('when the service stops', () => {
  test('ticking ends', async () => {
    const { ticks, container } = await ticking({ interval: 100 });
    await pass(150);
    await container.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(1000);
    expect(ticks).toEqual([100]);
  });

  test('work in progress is finished, and no tick follows', async () => {
    let finished = 0;
    const { ticks, container } = await ticking({ interval: 100 }, async () => {
      await busyFor(500)();
      finished += 1;
    });
    await pass(150);
    const stopped = container.stop();
    await pass(2000);
    await stopped;
    expect([ticks, finished]).toEqual([[100], 1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a tick that still waits for a worker is dropped', async () => {
    const { ticks, container } = await ticking({ interval: 100 });
    const release = deferred();
    const { outcome } = fire(container, 'occupy', { args: [release.promise] });
    await pass(150);
    const stopped = container.stop();
    await pass(0);
    release.resolve();
    await Promise.all([outcome, stopped]);
    expect(ticks).toEqual([]);
  });

  test('kill ends ticking too', async () => {
    const { ticks, container } = await ticking({ interval: 100 });
    await container.kill();
    await pass(1000);
    expect(ticks).toEqual([]);
  });
});

test('an interval longer than any timeout of Node is waited for in parts', async () => {
  const { ticks, container } = await ticking({ interval: '60d' });
  await pass(59 * 86_400_000);
  expect(ticks).toEqual([]);
  await pass(62 * 86_400_000);
  expect(ticks).toEqual([60 * 86_400_000, 120 * 86_400_000]);
  await container.stop();
});

test('an interval that is none is refused where it is written', () => {
  expect(() => timer({ interval: 0 })).toThrow(UsageError);
  expect(() => timer({ interval: -1 })).toThrow(/'?@timer: interval/);
  expect(() => timer({ interval: Infinity })).toThrow(UsageError);
  expect(() => timer({ interval: JSON.parse('"soon"') as '1s' })).toThrow('"soon" is not a duration');
});

test('the decorator declares the same, and the manifest tells the interval', () => {
  @service('nightly')
  class Nightly {
    @timer({ interval: '1d', eager: true }) clean(): void {}
  }
  const container = new ServiceContainer(Nightly);
  expect(container.entrypoints[0]?.describe()).toEqual({ intervalMs: 86_400_000, eager: true });
});
