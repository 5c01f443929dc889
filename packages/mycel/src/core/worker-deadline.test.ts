import { beforeEach, describe, expect, test, vi } from 'vitest';
import { fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { workerContext } from './context-dependencies.ts';
import { service } from './service.ts';
import { CallTimeoutSignal } from './worker-errors.ts';

forbidUnhandledRejections();
beforeEach(() => {
  vi.useFakeTimers();
});

const steps = new Steps();

@service('patient', { maxWorkers: 1 })
class Patient {
  context = workerContext();
  @fired async untilAborted(): Promise<unknown> {
    const { signal } = this.context;
    steps.note(this.context.args[0] as string);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return signal.reason;
  }
  @fired remaining(): number | undefined {
    return this.context.remainingMs;
  }
}

async function started(): Promise<ServiceContainer> {
  const container = new ServiceContainer(Patient);
  await container.start();
  return container;
}

describe('the deadline of a worker', () => {
  test('aborts its signal, not before', async () => {
    const container = await started();
    let ended = false;
    const worker = fire(container, 'untilAborted', { args: ['deadline'], timeoutMs: 1000 });
    void worker.outcome.then(() => (ended = true));
    await steps.until('deadline');
    await vi.advanceTimersByTimeAsync(999);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await expect(worker.outcome).resolves.toMatchObject({ value: expect.any(CallTimeoutSignal) });
    await container.stop();
  });

  test('is counted from the firing, not from the start of the method', async () => {
    const container = await started();
    const first = fire(container, 'untilAborted', { args: ['first'] });
    const second = fire(container, 'remaining', { timeoutMs: 1000 });
    await steps.until('first');
    await vi.advanceTimersByTimeAsync(400);
    first.abort(new Error('enough'));
    await expect(second.outcome).resolves.toEqual({ ok: true, value: 600 });
    await container.stop();
  });

  test('that passes while the worker waits keeps it from being started', async () => {
    const container = await started();
    const first = fire(container, 'untilAborted', { args: ['blocker'] });
    const second = fire(container, 'untilAborted', { args: ['too late'], timeoutMs: 1000 });
    const refused = expect(second.outcome).rejects.toMatchObject({ code: 'MYCEL_DEADLINE_PASSED' });
    await steps.until('blocker');
    await vi.advanceTimersByTimeAsync(1000);
    first.abort(new Error('enough'));
    await refused;
    expect(steps.has('too late')).toBe(false);
    await container.stop();
  });

  test('leaves no timer behind once the worker has ended', async () => {
    const container = await started();
    const worker = fire(container, 'untilAborted', { args: ['timer'], timeoutMs: 1000 });
    await steps.until('timer');
    expect(vi.getTimerCount()).toBe(1);
    worker.abort(new Error('cancelled'));
    await worker.outcome;
    expect(vi.getTimerCount()).toBe(0);
    await container.stop();
  });
});

describe('aborting a worker', () => {
  test('that runs aborts its signal with the reason', async () => {
    const container = await started();
    const worker = fire(container, 'untilAborted', { args: ['running'] });
    await steps.until('running');
    const reason = new Error('the caller has gone');
    worker.abort(reason);
    worker.abort(new Error('twice'));
    await expect(worker.outcome).resolves.toEqual({ ok: true, value: reason });
    await container.stop();
  });

  test('that has ended changes nothing', async () => {
    const container = await started();
    const worker = fire(container, 'remaining');
    await expect(worker.outcome).resolves.toEqual({ ok: true, value: undefined });
    worker.abort(new Error('late'));
    await expect(worker.outcome).resolves.toEqual({ ok: true, value: undefined });
    await container.stop();
  });
});
