import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { ServiceContainer } from './container.ts';
import { service } from './service.ts';
import type { WorkerHandle } from './worker-request.ts';
import { DeadlinePassedError, WorkerRefusedError } from './worker-errors.ts';

forbidUnhandledRejections();

let runs: number;

@service('claimed')
class Claimed {
  constructor() {
    runs += 1;
  }
  @fired run(): void {}
}

let container: ServiceContainer;

beforeEach(async () => {
  container = new ServiceContainer(Claimed);
  await container.start();
  runs = 0; // it was constructed once, to see its fields
});

/** Fires a worker, and waits until it has asked for leave. */
const askForLeave = async (): Promise<{ worker: WorkerHandle; leave: Deferred<boolean> }> => {
  const asked = deferred();
  const leave = deferred<boolean>();
  const claim = (): Promise<boolean> => {
    asked.resolve();
    return leave.promise;
  };
  const worker = fire(container, 'run', { claim });
  await asked.promise;
  return { worker, leave };
};

describe('a worker whose request asks for leave', () => {
  test('is started once that is given, and nothing is made for it before', async () => {
    const { worker, leave } = await askForLeave();
    expect(runs).toBe(0);
    leave.resolve(true);
    expect(await worker.outcome).toMatchObject({ ok: true });
    expect(runs).toBe(1);
    await container.stop();
  });

  test('is refused if that is not given', async () => {
    const failures = new Array<unknown>();
    const handleFailure = (error: unknown): void => void failures.push(error);
    const worker = fire(container, 'run', { claim: async () => false, handleFailure });
    await expect(worker.outcome).rejects.toThrow(WorkerRefusedError);
    expect(failures).toHaveLength(1);
    expect(runs).toBe(0);
    await container.stop();
  });

  test('is refused if its time is up when that is given', async () => {
    const leave = deferred<boolean>();
    const worker = fire(container, 'run', { claim: () => leave.promise, timeoutMs: 1 });
    await new Promise((resolve) => worker.context.signal.addEventListener('abort', resolve));
    leave.resolve(true);
    await expect(worker.outcome).rejects.toThrow(DeadlinePassedError);
    expect(runs).toBe(0);
    await container.stop();
  });

  test('is not started if its container was killed while it waited for the answer', async () => {
    const { worker, leave } = await askForLeave();
    await container.kill();
    leave.resolve(true);
    await expect(worker.outcome).rejects.toMatchObject({ code: 'MYCEL_WORKER_KILLED' });
    await setImmediate();
    expect(runs).toBe(0);
  });
});
