import { describe, expect, test, vi } from 'vitest';
import { fire, fired, firedNoting } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, NotingExtension } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { StopFailedError } from './container-errors.ts';
import { declareEntrypoint } from './declaration.ts';
import { Entrypoint } from './entrypoint.ts';
import { service } from './service.ts';
import { WorkerRefusedError } from './worker-errors.ts';

forbidUnhandledRejections();

/** A service with a worker that ends when `gate` opens, and everything in it noting its moments. */
function gated(steps: Steps, gate: Deferred<void>, moments: Partial<Record<'entry' | 'db' | 'base', object>> = {}) {
  const noted = firedNoting('entry', steps, moments.entry);
  class WithBase extends Entrypoint {
    override readonly kind = 'based';
    protected override onBind(): void {
      this.host.adopt(new NotingExtension('base', steps, moments.base));
      this.host.spawnTask('watch', async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        steps.note('task ended');
      });
    }
  }
  const based = declareEntrypoint('based', () => new WithBase());
  @service('gated', { maxWorkers: 1 })
  class Gated {
    db = notingDependency('db', steps, moments.db);
    @noted async run(name: string): Promise<string> {
      steps.note(`${name} began`);
      await gate.promise;
      steps.note(`${name} ended`);
      return name;
    }
    @based other(): void {}
  }
  return Gated;
}

describe('stopping a container', () => {
  test('ends entrypoints, then workers, then tasks, then dependencies, then the rest', async () => {
    const steps = new Steps();
    const gate = deferred();
    const container = new ServiceContainer(gated(steps, gate));
    await container.start();
    const running = fire(container, 'run', { args: ['first'] });
    await steps.until('first began');
    const stopping = container.stop();
    expect(container.state).toBe('stopping');
    await steps.until('entry.stop');
    expect(steps.has('db.stop')).toBe(false);
    gate.resolve();
    await stopping;
    await expect(running.outcome).resolves.toEqual({ ok: true, value: 'first' });
    expect(steps.taken.slice(steps.taken.indexOf('entry.stop'))).toEqual([
      'entry.stop',
      'first ended',
      'db.workerResult',
      'db.workerTeardown',
      'task ended',
      'db.stop',
      'base.stop',
    ]);
    expect(container.state).toBe('stopped');
    await expect(container.wait()).resolves.toBeUndefined();
  });

  test('an entrypoint that still stops keeps workers from being returned', async () => {
    const steps = new Steps();
    const stopped = deferred();
    const gate = deferred();
    const container = new ServiceContainer(gated(steps, gate, { entry: { stop: () => stopped.promise } }));
    await container.start();
    const stopping = container.stop();
    const late = fire(container, 'run', { args: ['late'], returnable: true });
    await steps.until('late began');
    stopped.resolve();
    gate.resolve();
    await stopping;
    await expect(late.outcome).resolves.toMatchObject({ ok: true });
  });

  test('of the workers that wait, those another instance can take are refused and the others run', async () => {
    const steps = new Steps();
    const gate = deferred();
    const container = new ServiceContainer(gated(steps, gate));
    await container.start();
    const running = fire(container, 'run', { args: ['running'], returnable: true });
    const returned = fire(container, 'run', { args: ['returned'], returnable: true });
    const kept = fire(container, 'run', { args: ['kept'] });
    await steps.until('running began');
    const stopping = container.stop();
    await expect(returned.outcome).rejects.toThrow(WorkerRefusedError);
    gate.resolve();
    await stopping;
    await expect(running.outcome).resolves.toMatchObject({ value: 'running' });
    await expect(kept.outcome).resolves.toMatchObject({ value: 'kept' });
    expect(steps.has('returned began')).toBe(false);
  });

  test('a worker asked for after the stop is refused', async () => {
    const steps = new Steps();
    const container = new ServiceContainer(gated(steps, deferred()));
    await container.start();
    await container.stop();
    await expect(fire(container, 'run').outcome).rejects.toMatchObject({
      code: 'MYCEL_WORKER_REFUSED',
      message: 'gated.run was not started: the service is stopping; another instance can take it',
    });
  });

  test('stopping twice is stopping once', async () => {
    const steps = new Steps();
    const container = new ServiceContainer(gated(steps, deferred()));
    await container.start();
    await Promise.all([container.stop(), container.stop()]);
    await container.stop();
    expect(steps.taken.filter((step) => step.endsWith('.stop'))).toEqual(['entry.stop', 'db.stop', 'base.stop']);
  });

  test('killing what has stopped changes nothing', async () => {
    const steps = new Steps();
    const container = new ServiceContainer(gated(steps, deferred()));
    await container.start();
    await container.stop();
    await container.kill(new Error('too late'));
    expect(container.state).toBe('stopped');
    expect(steps.has('db.kill')).toBe(false);
    await container.wait();
  });
});

describe('an extension that fails to stop', () => {
  test('does not keep the others from stopping, and is reported with all the others that failed', async () => {
    const steps = new Steps();
    const failures = { entry: new Error('no cancel'), db: new Error('no goodbye'), base: new Error('no close') };
    const throwing = (error: Error) => ({
      stop: () => {
        throw error;
      },
    });
    const container = new ServiceContainer(
      gated(steps, deferred(), {
        entry: throwing(failures.entry),
        db: throwing(failures.db),
        base: throwing(failures.base),
      }),
    );
    await container.start();
    const stopped: unknown = await container.stop().catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(StopFailedError);
    expect(stopped).toMatchObject({
      errors: [failures.entry, failures.db, failures.base],
      cause: failures.entry,
      message: expect.stringContaining('no cancel; no goodbye; no close'),
    });
    await expect(container.wait()).rejects.toBe(stopped);
    expect(container.state).toBe('stopped');
  });

  test('is logged with its error', async () => {
    const error = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error, child: () => logger };
    const broken = new Error('no goodbye');
    const steps = new Steps();
    const stop = async () => Promise.reject(broken);
    const container = new ServiceContainer(gated(steps, deferred(), { db: { stop } }), { logger });
    await container.start();
    await expect(container.stop()).rejects.toThrow(StopFailedError);
    expect(error).toHaveBeenCalledWith({ err: broken }, 'NotingProvider of gated failed to stop');
  });
});

test('a service whose workers have all ended stops at once, whatever the grace period', async () => {
  @service('idle')
  class Idle {
    @fired run(): number {
      return 1;
    }
  }
  const container = new ServiceContainer(Idle, { graceMs: Number.POSITIVE_INFINITY });
  await container.start();
  await fire(container, 'run').outcome;
  await container.stop();
  expect(container.state).toBe('stopped');
});
