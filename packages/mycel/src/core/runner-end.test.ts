import { describe, expect, test, vi } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, type Hooks } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import type { ServiceContainer } from './container.ts';
import { StopFailedError } from './container-errors.ts';
import { ServiceRunner, type RunnerOptions } from './runner.ts';
import { defineService } from './service.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { WorkerKilledError } from './worker-errors.ts';

forbidUnhandledRejections();

const base = resourceKey<string>('base');

/** A service whose only method never ends. */
function endless(name: string, steps: Steps, hooks?: Hooks): ServiceDefinition {
  class Endless {
    it = notingDependency(name, steps, hooks);
    async run(): Promise<void> {
      steps.note(`${name} began`);
      await new Promise(() => {});
    }
  }
  return defineService(Endless, name, { run: fired });
}

/** A running runner of the services `a` and `b` over one resource that was opened. */
async function running(
  steps: Steps,
  hooks: { readonly a?: Hooks; readonly b?: Hooks; readonly close?: () => Promise<void> } = {},
  options: RunnerOptions = {},
): Promise<{ readonly runner: ServiceRunner; readonly a: ServiceContainer; readonly b: ServiceContainer }> {
  const close = async (): Promise<void> => {
    steps.note('close');
    await hooks.close?.();
  };
  const runner = new ServiceRunner([endless('a', steps, hooks.a), endless('b', steps, hooks.b)], {
    ...options,
    resources: [{ key: base, open: async () => 'base', close }],
  });
  await runner.start();
  // The runner was given two services.
  const [a, b] = runner.containers as [ServiceContainer, ServiceContainer];
  await a.resource(base);
  return { runner, a, b };
}

describe('a container that dies', () => {
  test('ends its runner with the cause, after the others have stopped and what they share is closed', async () => {
    const steps = new Steps();
    const error = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error, child: () => logger };
    const { runner, a, b } = await running(steps, {}, { logger });
    const cause = new Error('out of memory');
    a.fail(cause);
    await expect(runner.wait()).rejects.toBe(cause);
    expect([a.state, b.state]).toEqual(['killed', 'stopped']);
    expect(steps.taken.slice(-3)).toEqual(['a.kill', 'b.stop', 'close']);
    expect(steps.has('a.stop')).toBe(false);
    expect(error).toHaveBeenCalledWith({ service: 'a' }, 'a died; stopping the other services of this process');
    await runner.stop();
  });

  test('while its runner stops is what the runner ends with', async () => {
    const steps = new Steps();
    const { runner, a } = await running(steps);
    const worker = fire(a, 'run').outcome.catch((error: unknown) => error);
    await steps.until('a began');
    const stopping = runner.stop();
    a.fail(new Error('connection refused'));
    await stopping;
    await expect(runner.wait()).rejects.toThrow('connection refused');
    expect(await worker).toBeInstanceOf(WorkerKilledError);
  });

  test('with another leaves the first cause', async () => {
    const steps = new Steps();
    const { runner, a, b } = await running(steps);
    a.fail(new Error('first'));
    b.fail(new Error('second'));
    await expect(runner.wait()).rejects.toThrow('first');
  });
});

describe('stopping a runner', () => {
  test('twice is once', async () => {
    const steps = new Steps();
    const { runner } = await running(steps);
    await Promise.all([runner.stop(), runner.stop()]);
    expect(steps.taken.slice(-3)).toEqual(['a.stop', 'b.stop', 'close']);
  });

  test('rejects with what could not be stopped, after all the rest has stopped', async () => {
    const steps = new Steps();
    const stop = async (): Promise<void> => Promise.reject(new Error('no goodbye'));
    const { runner, b } = await running(steps, { a: { stop } });
    await expect(runner.stop()).rejects.toThrow(StopFailedError);
    await expect(runner.wait()).rejects.toThrow('no goodbye');
    expect(b.state).toBe('stopped');
    expect(steps.taken.at(-1)).toBe('close');
  });

  test('rejects with what could not be closed', async () => {
    const close = async (): Promise<void> => Promise.reject(new Error('no close'));
    const { runner } = await running(new Steps(), { close });
    await expect(runner.stop()).rejects.toThrow('no close');
    await expect(runner.wait()).rejects.toThrow('no close');
  });
});

describe('killing a runner', () => {
  test('kills every container, closes what they share, and is what wait rejects with', async () => {
    const steps = new Steps();
    const { runner, a } = await running(steps);
    const worker = fire(a, 'run').outcome.catch((error: unknown) => error);
    await steps.until('a began');
    const cause = new Error('killed by hand');
    await runner.kill(cause);
    await expect(runner.wait()).rejects.toBe(cause);
    expect(await worker).toMatchObject({ code: 'MYCEL_WORKER_KILLED', cause });
    expect(runner.containers.map(({ state }) => state)).toEqual(['killed', 'killed']);
    expect(steps.taken.slice(-3)).toEqual(['a.kill', 'b.kill', 'close']);
  });

  test('without an error lets wait resolve', async () => {
    const { runner } = await running(new Steps());
    await runner.kill();
    await expect(runner.wait()).resolves.toBeUndefined();
  });

  test('ends a stop that hangs', async () => {
    const steps = new Steps();
    const { runner } = await running(steps, { b: { stop: async () => new Promise(() => {}) } });
    const stopping = runner.stop();
    await steps.until('b.stop');
    await runner.kill();
    await stopping;
    await runner.wait();
    expect(steps.taken.at(-1)).toBe('close');
  });

  test('before it was started keeps it from starting', async () => {
    const steps = new Steps();
    const runner = new ServiceRunner([endless('a', steps)]);
    await runner.kill();
    await expect(runner.start()).rejects.toMatchObject({ code: 'MYCEL_START_INTERRUPTED' });
    await expect(runner.wait()).resolves.toBeUndefined();
    expect(steps.has('a.setup')).toBe(false);
  });
});
