import { beforeEach, describe, expect, test, vi } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import type { ContainerOptions } from './container-options.ts';
import { workerContext } from './context-dependencies.ts';
import { service } from './service.ts';
import { GracePeriodOverError, WorkerKilledError, WorkerRefusedError } from './worker-errors.ts';

forbidUnhandledRejections();
beforeEach(() => {
  vi.useFakeTimers();
});

/** A started container with one worker at most, whose methods wait for ever or for their signal. */
async function slowContainer(
  steps: Steps,
  options: ContainerOptions = {},
  gate = deferred(),
): Promise<ServiceContainer> {
  @service('slow')
  class Slow {
    db = notingDependency('db', steps);
    context = workerContext();
    @fired async deaf(): Promise<void> {
      steps.note('deaf began');
      await gate.promise;
      steps.note('deaf ended');
    }
    @fired async careful(): Promise<string> {
      const { signal } = this.context;
      steps.note('careful began');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return (signal.reason as Error).message;
    }
  }
  const container = new ServiceContainer(Slow, { maxWorkers: 1, graceMs: 5000, ...options });
  await container.start();
  return container;
}

describe('when the grace period of a stopping container is over', () => {
  test('a worker that listens to its signal is told why and ends the stop by ending', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps);
    const worker = fire(container, 'careful');
    await steps.until('careful began');
    const stopping = container.stop();
    await vi.advanceTimersByTimeAsync(4999);
    expect(container.state).toBe('stopping');
    await vi.advanceTimersByTimeAsync(1);
    await stopping;
    const { message } = new GracePeriodOverError('slow', 5000);
    await expect(worker.outcome).resolves.toEqual({ ok: true, value: message });
  });

  test('a worker that does not react is given up, and the container stops cleanly', async () => {
    const steps = new Steps();
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn(), child: () => logger };
    const gate = deferred();
    const container = await slowContainer(steps, { logger }, gate);
    const worker = fire(container, 'deaf');
    const outcome = expect(worker.outcome).rejects.toThrow(WorkerKilledError);
    await steps.until('deaf began');
    const stopping = container.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(steps.has('db.stop')).toBe(false);
    await vi.runAllTimersAsync();
    await stopping;
    await outcome;
    expect(container.state).toBe('stopped');
    expect(steps.has('db.stop')).toBe(true);
    expect(warn).toHaveBeenCalledWith(
      { calls: [expect.stringMatching(/^slow\.deaf\./)] },
      'slow: workers that did not finish in time were given up',
    );
    gate.resolve();
    await steps.until('deaf ended');
    expect(steps.has('db.workerResult')).toBe(false);
  });

  test('workers that still wait are refused instead of started', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps);
    const first = fire(container, 'careful');
    const waiting = fire(container, 'deaf');
    const refused = expect(waiting.outcome).rejects.toThrow(WorkerRefusedError);
    await steps.until('careful began');
    const stopping = container.stop();
    await vi.advanceTimersByTimeAsync(5000);
    await stopping;
    await refused;
    await first.outcome;
    expect(steps.has('deaf began')).toBe(false);
  });

  test('a grace period of zero aborts workers at once', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps, { graceMs: 0 });
    const worker = fire(container, 'careful');
    await steps.until('careful began');
    const stopping = container.stop();
    await vi.advanceTimersByTimeAsync(0);
    await stopping;
    await expect(worker.outcome).resolves.toMatchObject({ ok: true });
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 31])('a grace period of %d ms is not over soon', async (graceMs) => {
    const steps = new Steps();
    const gate = deferred();
    const container = await slowContainer(steps, { graceMs }, gate);
    const worker = fire(container, 'deaf');
    await steps.until('deaf began');
    const stopping = container.stop();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(container.state).toBe('stopping');
    gate.resolve();
    await stopping;
    await expect(worker.outcome).resolves.toMatchObject({ ok: true });
  });
});

test('a background task that ignores its signal does not hold up the stop for ever', async () => {
  const warn = vi.fn();
  const logger = { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn(), child: () => logger };
  const container = await slowContainer(new Steps(), { logger });
  container.spawnTask('endless', async () => new Promise(() => {}));
  const stopping = container.stop();
  await vi.runAllTimersAsync();
  await stopping;
  expect(container.state).toBe('stopped');
  expect(warn).toHaveBeenCalledWith({ tasks: ['endless'] }, expect.stringContaining('did not end'));
});
