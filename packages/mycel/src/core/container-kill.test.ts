import { describe, expect, test } from 'vitest';
import { fire, fired, firedNoting } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, type Hooks } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { workerContext } from './context-dependencies.ts';
import { service } from './service.ts';
import { WorkerKilledError, WorkerRefusedError } from './worker-errors.ts';

forbidUnhandledRejections();

/** A started container with one slow worker at most. */
async function slowContainer(steps: Steps, gate = deferred(), hooks: Hooks = {}): Promise<ServiceContainer> {
  const noted = firedNoting('entry', steps, hooks);
  @service('slow', { maxWorkers: 1 })
  class Slow {
    db = notingDependency('db', steps, hooks);
    context = workerContext();
    @noted async run(name: string): Promise<void> {
      steps.note(`${name} began`);
      this.context.signal.addEventListener('abort', () => steps.note(`${name} aborted`));
      await gate.promise;
      steps.note(`${name} ended`);
    }
  }
  const container = new ServiceContainer(Slow);
  await container.start();
  return container;
}

describe('killing a container', () => {
  test('gives up running workers, refuses waiting ones, and kills every extension without stopping it', async () => {
    const steps = new Steps();
    const gate = deferred();
    const container = await slowContainer(steps, gate);
    const running = fire(container, 'run', { args: ['running'] });
    const waiting = fire(container, 'run', { args: ['waiting'] });
    await steps.until('running began');
    const cause = new Error('out of memory');
    await container.kill(cause);
    expect(container.state).toBe('killed');
    await expect(running.outcome).rejects.toMatchObject({ code: 'MYCEL_WORKER_KILLED', cause });
    await expect(waiting.outcome).rejects.toThrow(WorkerRefusedError);
    await expect(container.wait()).rejects.toBe(cause);
    expect(steps.taken).toEqual(expect.arrayContaining(['running aborted', 'entry.kill', 'db.kill']));
    expect(steps.taken.filter((step) => step.endsWith('.stop'))).toEqual([]);
    gate.resolve();
    await steps.until('running ended');
    expect(steps.has('db.workerResult')).toBe(false);
  });

  test('without an error lets wait resolve', async () => {
    const container = await slowContainer(new Steps());
    await container.kill();
    await expect(container.wait()).resolves.toBeUndefined();
  });

  test('twice is once: the second call waits for the first, and the first error stays', async () => {
    const steps = new Steps();
    const dead = deferred();
    const container = await slowContainer(steps, deferred(), { kill: () => dead.promise });
    const first = container.kill(new Error('first'));
    let secondEnded = false;
    const second = container.kill(new Error('second')).then(() => (secondEnded = true));
    await steps.until('db.kill');
    await Promise.resolve();
    expect(secondEnded).toBe(false);
    dead.resolve();
    await Promise.all([first, second]);
    await expect(container.wait()).rejects.toThrow('first');
    expect(steps.taken.filter((step) => step === 'db.kill')).toHaveLength(1);
  });

  test('leaves nothing for a later stop to do', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps);
    await container.kill();
    await container.stop();
    expect(container.state).toBe('killed');
    expect(steps.taken.filter((step) => step.endsWith('.stop'))).toEqual([]);
  });

  test('ends a stop that waits for a worker, and then stops nothing more', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps);
    const worker = fire(container, 'run', { args: ['stuck'] });
    await steps.until('stuck began');
    const stopping = container.stop();
    await steps.until('entry.stop');
    await container.kill();
    await stopping;
    await expect(worker.outcome).rejects.toThrow(WorkerKilledError);
    expect(container.state).toBe('killed');
    expect(steps.has('db.stop')).toBe(false);
  });

  test('ends a stop that waits for an extension', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps, deferred(), { stop: async () => new Promise(() => {}) });
    const stopping = container.stop();
    await steps.until('entry.stop');
    await container.kill();
    await stopping;
    await container.wait();
    expect(container.state).toBe('killed');
  });

  test('while a worker gets its dependencies keeps its method from being called', async () => {
    const steps = new Steps();
    const connected = deferred();
    const container = await slowContainer(steps, deferred(), { getDependency: () => connected.promise });
    const worker = fire(container, 'run', { args: ['never'] });
    await steps.until('db.getDependency');
    await container.kill();
    connected.resolve();
    await expect(worker.outcome).rejects.toThrow(WorkerKilledError);
    await new Promise(setImmediate);
    expect(steps.has('never began')).toBe(false);
    expect(steps.has('db.workerTeardown')).toBe(false);
  });
});

describe('a container that cannot go on', () => {
  test('is killed with the error it was failed with, once', async () => {
    @service('failing')
    class Failing {
      @fired run(): void {}
    }
    const container = new ServiceContainer(Failing);
    await container.start();
    container.fail(new Error('first'));
    container.fail(new Error('second'));
    await expect(container.wait()).rejects.toThrow('first');
    container.fail(new Error('third'));
    expect(container.state).toBe('killed');
  });

  test('may fail while it is stopping: wait rejects, stop resolves', async () => {
    const steps = new Steps();
    const container = await slowContainer(steps);
    fire(container, 'run', { args: ['stuck'] });
    await steps.until('stuck began');
    const stopping = container.stop();
    container.fail(new Error('connection refused'));
    await stopping;
    await expect(container.wait()).rejects.toThrow('connection refused');
  });
});
