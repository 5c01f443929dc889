import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, InboundCall, OutboundCall } from '../transport/rpc-transport.ts';
import {
  CallCancelledError,
  CallTimeoutError,
  UnknownServiceError,
  UnserialisableError,
} from '../transport/transport-errors.ts';

const world = useAmqpWorld();

function callTo(method: string, given: Partial<OutboundCall> = {}): OutboundCall {
  const context = { callIdStack: ['test.call.1'], data: { user_id: 2 ** 40, language: 'en' } };
  return { service: 'lab', method, args: [], kwargs: {}, context, timeoutMs: 20_000, awaitsBroker: true, ...given };
}

function reply(value: unknown): CallSettlement {
  return { kind: 'reply', value };
}

describe('a call over RabbitMQ', () => {
  it('reaches the service with its arguments and context, and its answer comes back', async () => {
    const calls: InboundCall[] = [];
    await (await world.transport()).serve('lab', { prefetch: 5 }, async (call) => {
      calls.push(call);
      return reply({ sum: 3 });
    });
    const pending = (await world.transport()).call(callTo('add', { args: [1, 2], kwargs: { z: 'é' } }));
    expect(await pending.reply).toEqual({ ok: true, value: { sum: 3 } });
    await pending.sent;
    expect(calls[0]).toMatchObject({
      method: 'add',
      args: [1, 2],
      kwargs: { z: 'é' },
      context: { callIdStack: ['test.call.1'], data: { user_id: 2 ** 40, language: 'en' } },
      fromMycel: true,
      redelivered: false,
    });
    expect(calls[0]?.timeoutMs).toBeGreaterThan(0);
    expect(calls[0]?.timeoutMs).toBeLessThanOrEqual(20_000);
  });

  it('gives rich values back as they were', async () => {
    const value = {
      when: new Date(0),
      id: 2n ** 80n,
      bytes: new Uint8Array([1, 2]),
      tags: new Set(['a']),
      map: new Map([[1, new Date(1)]]),
    };
    await (await world.transport()).serve('lab', { prefetch: 5 }, async (call) => reply(call.args[0]));
    const answer = await (await world.transport()).call(callTo('echo', { args: [value] })).reply;
    expect(answer).toEqual({ ok: true, value: { ...value, bytes: expect.any(Uint8Array) } });
    expect([...(answer as { value: typeof value }).value.bytes]).toEqual([1, 2]);
  });

  it('brings back undefined where a method returns nothing', async () => {
    await (await world.transport()).serve('lab', { prefetch: 5 }, async () => reply(undefined));
    expect(await (await world.transport()).call(callTo('act')).reply).toEqual({ ok: true, value: undefined });
  });

  it('carries an error with its type, path, arguments and data', async () => {
    const error = { type: 'X', path: 'a.X', args: ['no', 7], value: 'no', mycel: { code: 'a.X', data: { n: 1 } } };
    await (await world.transport()).serve('lab', { prefetch: 5 }, async () => ({ kind: 'error', error }));
    expect(await (await world.transport()).call(callTo('fail')).reply).toEqual({ ok: false, error });
  });

  it('answers with an error that names the place when the result cannot be sent', async () => {
    await (await world.transport()).serve('lab', { prefetch: 5 }, async () => reply({ deep: [() => 1] }));
    const answer = await (await world.transport()).call(callTo('odd')).reply;
    expect(answer).toMatchObject({
      ok: false,
      error: { type: 'UnserializableValueError', path: 'nameko.exceptions.UnserializableValueError' },
    });
    expect(answer).toMatchObject({ error: { value: expect.stringContaining('deep[0]') } });
  });

  it('fails at once when no service of that name ever ran', async () => {
    const pending = (await world.transport()).call(callTo('add', { service: 'nosuch' }));
    await expect(pending.reply).rejects.toThrow(UnknownServiceError);
    await expect(pending.sent).rejects.toThrow("unknown service 'nosuch'");
  });

  it('fails at the caller, and sends nothing, when an argument cannot be sent', async () => {
    const pending = (await world.transport()).call(callTo('add', { args: [Number.NaN] }));
    await expect(pending.reply).rejects.toThrow(UnserialisableError);
  });

  it.each([
    ['a Map', new Map(), /^lab\.add: headers\.nameko\.entry cannot be sent: a Map has no form/],
    ['NaN', Number.NaN, /^headers\.nameko\.entry cannot be sent: it is NaN/],
    [
      'too much',
      'x'.repeat(200_000),
      /^lab\.add: the headers and properties of the message cannot be sent: a frame of/,
    ],
  ])('fails at the caller, and sends nothing, when an entry of its context is %s', async (_what, entry, message) => {
    const caller = await world.transport();
    await (await world.transport()).serve('lab', { prefetch: 5 }, async () => reply('served'));
    const refused = caller.call(callTo('add', { context: { callIdStack: [], data: { entry } } })).reply;
    await expect(refused).rejects.toMatchObject({
      code: 'MYCEL_UNSERIALISABLE',
      message: expect.stringMatching(message) as string,
    });
    expect(await caller.call(callTo('add')).reply).toEqual({ ok: true, value: 'served' });
  });

  it('times out, saying so, when nobody answers in time, and its request does not reach a later instance', async () => {
    const server = await world.transport();
    const first = await server.serve('lab', { prefetch: 5 }, async () => reply(1));
    await first.close();
    const caller = await world.transport();
    await caller.prepareCalls();
    await expect(caller.call(callTo('late', { timeoutMs: 50 })).reply).rejects.toThrow(CallTimeoutError);
    // A question behind it: the broker has routed it by now, so that its time runs there.
    await expect(caller.call(callTo('add', { service: 'nosuch' })).reply).rejects.toThrow(UnknownServiceError);
    const foreign = await (await world.foreignClient()).createChannel();
    await expect.poll(async () => (await foreign.checkQueue('rpc-lab')).messageCount).toBe(0);
    const seen: string[] = [];
    await server.serve('lab', { prefetch: 5 }, async ({ method }) => {
      seen.push(method);
      return reply(2);
    });
    await (await world.transport()).call(callTo('fresh')).reply;
    expect(seen).toEqual(['fresh']);
  });

  it('tells the callee when its caller aborts', async () => {
    const started = deferred();
    const cancelled = deferred<Error>();
    await (await world.transport()).serve('lab', { prefetch: 5 }, async (call) => {
      call.canceller = { cancel: cancelled.resolve };
      started.resolve();
      await cancelled.promise;
      return reply(null);
    });
    const controller = new AbortController();
    const pending = (await world.transport()).call(callTo('slow', { signal: controller.signal }));
    await started.promise;
    controller.abort(new Error('changed my mind'));
    await expect(pending.reply).rejects.toMatchObject({
      code: 'MYCEL_CALL_CANCELLED',
      cause: { message: 'changed my mind' },
    });
    expect(await cancelled.promise).toBeInstanceOf(CallCancelledError);
  });

  it('is not sent when its signal has aborted before', async () => {
    const seen: string[] = [];
    await (await world.transport()).serve('lab', { prefetch: 5 }, async ({ method }) => {
      seen.push(method);
      return reply(1);
    });
    const client = await world.transport();
    await expect(client.call(callTo('never', { signal: AbortSignal.abort() })).reply).rejects.toThrow(
      CallCancelledError,
    );
    await client.call(callTo('next')).reply;
    expect(seen).toEqual(['next']);
  });

  it('is taken by another instance when the first hands it back', async () => {
    const [stopping, other] = [await world.transport(), await world.transport()];
    await stopping.serve('lab', { prefetch: 1 }, async () => ({ kind: 'requeue' }));
    const pending = (await world.transport()).call(callTo('add'));
    const redelivered = deferred<boolean>();
    await other.serve('lab', { prefetch: 1 }, async (call) => {
      redelivered.resolve(call.redelivered);
      return reply('done');
    });
    expect(await pending.reply).toEqual({ ok: true, value: 'done' });
    expect(await redelivered.promise).toBe(true);
  });
});
