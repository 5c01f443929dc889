import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { leaveQueueOf, startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { service } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { emptyContext } from '../transport/wire-context.ts';
import type { CallReply, PendingCall } from '../transport/rpc-transport.ts';
import { rpc } from './rpc.ts';

forbidUnhandledRejections();

let gate: Deferred<void>;
let steps: Steps;

@service('gated')
class Gated {
  context = workerContext();

  @rpc async pass(name: string): Promise<string> {
    steps.note(`${name} began`);
    await gate.promise;
    return name;
  }
  @rpc async untilAborted(): Promise<string> {
    const { signal } = this.context;
    steps.note('waiting for abort');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    steps.note(`aborted: ${(signal.reason as { code: string }).code}`);
    return 'too late';
  }
  @rpc({ params: [z.string()] }) checked(text: string): string {
    return text;
  }
  @rpc stack(): readonly string[] {
    return this.context.callIdStack;
  }
  @rpc remaining(): number | undefined {
    return this.context.remainingMs;
  }
}

const begin = async (options: Parameters<typeof startServices>[1] = {}) => {
  gate = deferred();
  steps = new Steps();
  return startServices([Gated], options);
};

function raw(transport: MemoryTransport, method: string, more: object = {}): PendingCall {
  const base = { service: 'gated', method, args: [], kwargs: {}, context: emptyContext, timeoutMs: 10_000 };
  return transport.rpc.call({ ...base, awaitsBroker: true, ...more });
}

describe('an rpc server', () => {
  test('answers calls that came while no instance ran', async () => {
    const broker = new MemoryBroker();
    await leaveQueueOf('gated', broker);
    const early = raw(new MemoryTransport({ broker }), 'checked', { args: ['early'] });
    await early.sent;
    await begin({ broker });
    await expect(early.reply).resolves.toEqual({ ok: true, value: 'early' });
  });

  test('gives calls that were not begun to another instance when it stops, and answers the others', async () => {
    const { runner, broker, transport } = await begin({ maxWorkers: 1, sections: { rpc: { prefetch: 5 } } });
    const running = raw(transport, 'pass', { args: ['first'] });
    await steps.until('first began');
    const waiting = raw(transport, 'pass', { args: ['second'] });
    await waiting.sent;
    const stopped = runner.stop();
    const other = await startServices([Gated], { broker });
    await steps.until('second began');
    gate.resolve();
    await expect(running.reply).resolves.toEqual({ ok: true, value: 'first' });
    await expect(waiting.reply).resolves.toEqual({ ok: true, value: 'second' });
    await stopped;
    expect(other.runner.containers).toHaveLength(1);
  });

  test('lets another instance run what was running when it is killed', async () => {
    const { runner, broker, transport } = await begin();
    const call = raw(transport, 'pass', { args: ['again'] });
    await steps.until('again began');
    await runner.kill();
    gate.resolve();
    await startServices([Gated], { broker });
    await expect(call.reply).resolves.toEqual({ ok: true, value: 'again' });
    expect(steps.taken.filter((step) => step === 'again began')).toHaveLength(2);
  });

  test('takes no more calls at once than its prefetch', async () => {
    const { broker, transport } = await begin({ maxWorkers: 3, sections: { rpc: { prefetch: 2 } } });
    const calls = ['a', 'b', 'c', 'd'].map((name) => raw(transport, 'pass', { args: [name] }));
    await steps.until('b began');
    expect(broker.queue('rpc-gated')?.ready).toBe(2);
    gate.resolve();
    await expect(Promise.all(calls.map(({ reply }) => reply))).resolves.toHaveLength(4);
  });

  test('takes as many calls as there are workers, unless it is told otherwise', async () => {
    const { broker, transport } = await begin({ maxWorkers: 3 });
    const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => raw(transport, 'pass', { args: [name] }));
    await steps.until('c began');
    expect(broker.queue('rpc-gated')?.ready).toBe(2);
    gate.resolve();
    await Promise.all(calls.map(({ reply }) => reply));
  });

  test('aborts the worker of a call that its caller cancels', async () => {
    const { transport } = await begin();
    const controller = new AbortController();
    const call = raw(transport, 'untilAborted', { signal: controller.signal });
    await steps.until('waiting for abort');
    controller.abort(new Error('changed my mind'));
    await expect(call.reply).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
    await steps.until('aborted: MYCEL_CALL_CANCELLED');
  });

  test('does not start a call that was cancelled while it waited for a worker', async () => {
    const { transport } = await begin({ maxWorkers: 1, sections: { rpc: { prefetch: 2 } } });
    const running = raw(transport, 'pass', { args: ['first'] });
    await steps.until('first began');
    const controller = new AbortController();
    const cancelled = raw(transport, 'pass', { args: ['never'], signal: controller.signal });
    await cancelled.sent;
    controller.abort();
    // Once the broker has this one, it has passed on what came before it: that the other was cancelled.
    const last = raw(transport, 'pass', { args: ['last'] });
    await last.sent;
    gate.resolve();
    await expect(Promise.all([running.reply, last.reply])).resolves.toHaveLength(2);
    expect(steps.has('never began')).toBe(false);
  });

  test('gives the worker what is left of the caller’s time', async () => {
    const { transport } = await begin();
    const reply = await raw(transport, 'remaining', { timeoutMs: 5000 }).reply;
    const remaining = (reply as Extract<CallReply, { ok: true }>).value;
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(5000);
  });

  test('hands the call ids of the caller on to the worker', async () => {
    const { transport } = await begin();
    const context = { callIdStack: ['shop.total.1'], data: {} };
    const reply = await raw(transport, 'stack', { context }).reply;
    expect(reply).toMatchObject({ value: ['shop.total.1', expect.stringMatching(/^gated\.stack\./) as string] });
  });

  test('is strict about missing arguments with callers that no compiler has checked', async () => {
    const { transport } = await begin({ foreign: true });
    await expect(raw(transport, 'pass').reply).resolves.toMatchObject({
      error: { path: 'nameko.exceptions.IncorrectSignature', value: expect.stringContaining("'name'") as string },
    });
    const mycel = await begin();
    gate.resolve();
    await expect(raw(mycel.transport, 'pass').reply).resolves.toMatchObject({ ok: true });
  });

  test('says in its manifest what it answers', async () => {
    const { runner } = await begin();
    const [container] = runner.containers;
    const pass = container?.entrypoints.find(({ method }) => method === 'pass');
    expect(pass?.describe()).toEqual({ parameters: '(name)', params: [{ name: 'name' }] });
  });
});
