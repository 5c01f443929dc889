import { describe, expect, test, vi } from 'vitest';
import { call, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { workerContextStorage } from './context-storage.ts';
import { defineService } from './service.ts';

forbidUnhandledRejections();

async function deepInside(): Promise<string | undefined> {
  await new Promise(setImmediate);
  return workerContextStorage().getStore()?.callId;
}

describe('the storage of the current worker’s context', () => {
  test('is the same for all who ask, and empty outside of a worker', () => {
    expect(workerContextStorage()).toBe(workerContextStorage());
    expect(workerContextStorage().getStore()).toBeUndefined();
  });

  test('finds each worker’s own context through asynchronous calls', async () => {
    workerContextStorage();
    class Deep {
      async run(): Promise<string | undefined> {
        return deepInside();
      }
    }
    const container = new ServiceContainer(defineService(Deep, 'deep', { run: fired }));
    await container.start();
    const ids = await Promise.all([call(container, 'run'), call(container, 'run')]);
    expect(ids).toEqual([expect.stringMatching(/^deep\.run\./), expect.stringMatching(/^deep\.run\./)]);
    expect(ids[0]).not.toBe(ids[1]);
    expect(workerContextStorage().getStore()).toBeUndefined();
    await container.stop();
  });

  test('does not track a worker that began before anybody asked for it', async () => {
    vi.resetModules();
    const fresh = await import('./context-storage.ts');
    const { ServiceContainer: FreshContainer } = await import('./container.ts');
    const steps = new Steps();
    const gate = deferred();
    class Early {
      async run(): Promise<unknown> {
        steps.note('began');
        await gate.promise;
        return fresh.workerContextStorage().getStore()?.method;
      }
    }
    const container = new FreshContainer(defineService(Early, 'early', { run: fired }));
    await container.start();
    const request = { entrypoint: { kind: 'fired', method: 'run' }, args: [] };
    const early = container.spawnWorker(request);
    await steps.until('began');
    fresh.workerContextStorage();
    gate.resolve();
    await expect(early.outcome).resolves.toEqual({ ok: true, value: undefined });
    await expect(container.spawnWorker(request).outcome).resolves.toEqual({ ok: true, value: 'run' });
    await container.stop();
  });
});
