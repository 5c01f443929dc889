import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { defineService } from './service.ts';
import { TaskFailedError } from './worker-errors.ts';

forbidUnhandledRejections();

async function started(): Promise<ServiceContainer> {
  class Idle {
    run(): void {}
  }
  const container = new ServiceContainer(defineService(Idle, 'idle', { run: fired }));
  await container.start();
  return container;
}

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
};

describe('a background task', () => {
  test('that fails kills its container and is named in the error', async () => {
    const container = await started();
    const cause = new Error('connection refused');
    container.spawnTask('reconnect', async () => Promise.reject(cause));
    await expect(container.wait()).rejects.toMatchObject({
      code: 'MYCEL_TASK_FAILED',
      message: "the background task 'reconnect' of idle failed: connection refused",
      cause,
    });
    expect(container.state).toBe('killed');
  });

  test('that throws before its first await fails the same way', async () => {
    const container = await started();
    container.spawnTask('reconnect', () => {
      throw new Error('at once');
    });
    await expect(container.wait()).rejects.toThrow(TaskFailedError);
  });

  test('that returns is over', async () => {
    const container = await started();
    const steps = new Steps();
    container.spawnTask('short', async () => steps.note('done'));
    await steps.until('done');
    expect(container.state).toBe('running');
    await container.stop();
  });

  test.each<[string, (signal: AbortSignal) => Promise<void>]>([
    ['returns', aborted],
    ['rejects with the signal’s reason', async (signal) => aborted(signal).then(() => signal.throwIfAborted())],
    ['rejects with the AbortError of a function of Node', async (signal) => setTimeout(1e6, undefined, { signal })],
  ])('that %s because the container stops is no failure', async (_what, task) => {
    const container = await started();
    container.spawnTask('watch', task);
    await container.stop();
    await expect(container.wait()).resolves.toBeUndefined();
    expect(container.state).toBe('stopped');
  });

  test('that fails while the container stops, for another reason, is a failure', async () => {
    const container = await started();
    container.spawnTask('watch', async (signal) => {
      await aborted(signal);
      throw new Error('could not flush');
    });
    await container.stop();
    await expect(container.wait()).rejects.toThrow('could not flush');
  });

  test('is aborted when the container is killed, and what it then throws changes nothing', async () => {
    const container = await started();
    const steps = new Steps();
    container.spawnTask('watch', async (signal) => {
      await aborted(signal);
      steps.note('aborted');
      throw new Error('could not flush');
    });
    await container.kill();
    await steps.until('aborted');
    await expect(container.wait()).resolves.toBeUndefined();
  });

  test('holds up the stop until it has ended', async () => {
    const container = await started();
    const steps = new Steps();
    container.spawnTask('flush', async (signal) => {
      await aborted(signal);
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      steps.note('flushed');
    });
    await container.stop();
    expect(steps.taken).toEqual(['flushed']);
  });
});
