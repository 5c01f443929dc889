import { afterEach, describe, expect, test, vi } from 'vitest';
import { deferred } from '../foundation/deferred.ts';
import type { CallSettlement, InboundCall, OutboundCall } from '../transport/rpc-transport.ts';
import { emptyContext } from '../transport/wire-context.ts';
import { MemoryBroker } from './memory-broker.ts';
import { MemoryTransport } from './memory-transport.ts';

afterEach(() => void vi.useRealTimers());

const call = (more: Partial<OutboundCall> = {}): OutboundCall => ({
  service: 's',
  method: 'm',
  args: [],
  kwargs: {},
  context: emptyContext,
  timeoutMs: 1000,
  ...more,
});

async function serving(handle: (call: InboundCall) => Promise<CallSettlement>) {
  const transport = new MemoryTransport();
  await transport.open();
  await transport.rpc.serve('s', { prefetch: 1 }, handle);
  return transport;
}

const echo = async ({ args, kwargs, context }: InboundCall): Promise<CallSettlement> => ({
  kind: 'reply',
  value: { args, kwargs, context },
});

describe('a call by way of memory', () => {
  test('carries arguments, context and headers as real transports do', async () => {
    const { rpc } = await serving(echo);
    const context = { callIdStack: ['a'], data: { user: 1, none: null, nothing: undefined } };
    const args = [new Date(0), 5n, { kept: 1, lost: undefined }];
    const reply = await rpc.call(call({ args, kwargs: { x: 1 }, context, headers: { tenant: 't' } })).reply;
    expect(reply).toEqual({
      ok: true,
      value: {
        args: [new Date(0), 5n, { kept: 1 }],
        kwargs: { x: 1 },
        context: { callIdStack: ['a'], data: { user: 1, tenant: 't' } },
      },
    });
  });

  test('to a service that never ran fails at once', async () => {
    const { sent, reply } = new MemoryTransport().rpc.call(call());
    await expect(sent).rejects.toMatchObject({ code: 'MYCEL_UNKNOWN_SERVICE' });
    await expect(reply).rejects.toMatchObject({ code: 'MYCEL_UNKNOWN_SERVICE' });
  });

  test('ends at its deadline, and is not delivered afterwards', async () => {
    vi.useFakeTimers();
    const broker = new MemoryBroker();
    broker.declareCallQueue('s');
    const transport = new MemoryTransport({ broker });
    const late = transport.rpc.call(call({ timeoutMs: 50, method: 'late' }));
    const inTime = transport.rpc.call(call({ method: 'in time' }));
    const rejected = expect(late.reply).rejects.toMatchObject({ code: 'MYCEL_CALL_TIMEOUT', timeoutMs: 50 });
    await vi.advanceTimersByTimeAsync(50);
    await rejected;
    const seen: string[] = [];
    await transport.rpc.serve('s', { prefetch: 1 }, async ({ method }) => {
      seen.push(method);
      return { kind: 'reply', value: null };
    });
    await inTime.reply;
    expect(seen).toEqual(['in time']);
  });

  test('that is cancelled tells the callee why', async () => {
    const told = deferred<Error>();
    const begun = deferred();
    const { rpc } = await serving((inbound) => {
      inbound.canceller = { cancel: told.resolve };
      begun.resolve();
      return new Promise(() => {});
    });
    const controller = new AbortController();
    const { reply } = rpc.call(call({ signal: controller.signal }));
    await begun.promise;
    controller.abort('enough');
    await expect(reply).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED', cause: 'enough' });
    await expect(told.promise).resolves.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
    const { reply: never } = rpc.call(call({ signal: controller.signal }));
    await expect(never).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
  });

  test('whose result cannot be sent is answered as Nameko answers', async () => {
    const { rpc } = await serving(async () => ({ kind: 'reply', value: [() => 1] }));
    await expect(rpc.call(call()).reply).resolves.toMatchObject({
      ok: false,
      error: { path: 'nameko.exceptions.UnserializableValueError', mycel: { data: { path: 'result[0]' } } },
    });
  });

  test('is rejected when the transport closes', async () => {
    const transport = await serving(() => new Promise(() => {}));
    const { reply } = transport.rpc.call(call());
    await transport[Symbol.asyncDispose]();
    await expect(reply).rejects.toMatchObject({ code: 'MYCEL_TRANSPORT_CLOSED' });
  });
});

describe('an event by way of memory', () => {
  const subscriber = { source: 's', type: 't', service: 'h', method: 'on', reliable: true, prefetch: 1 } as const;

  test('waits in a reliable queue while nobody listens, and is lost to an unreliable one', async () => {
    const { events } = new MemoryTransport();
    const context = emptyContext;
    const unreliable = { ...subscriber, mode: 'service-pool', type: 'u', reliable: false } as const;
    for (const each of [{ ...subscriber, mode: 'service-pool' } as const, unreliable]) {
      const subscription = await events.subscribe(each, async () => 'ack');
      await subscription.stop();
      await subscription.close();
    }
    expect(await events.publish({ source: 's', type: 't', payload: 1, context })).toEqual({ routed: true });
    expect(await events.publish({ source: 's', type: 'u', payload: 1, context })).toEqual({ routed: false });
    const arrived = deferred<unknown>();
    await events.subscribe({ ...subscriber, mode: 'service-pool' }, async ({ payload }) => {
      arrived.resolve(payload);
      return 'ack';
    });
    expect(await arrived.promise).toBe(1);
  });

  test('waits for the instance of a reliable broadcast by its identity', async () => {
    const { events } = new MemoryTransport();
    const named = { ...subscriber, mode: 'broadcast', broadcastId: 'one' } as const;
    const first = await events.subscribe(named, async () => 'ack');
    await first.close();
    await events.publish({ source: 's', type: 't', payload: 'kept', context: emptyContext });
    const arrived = deferred<unknown>();
    await events.subscribe(named, async ({ payload }) => {
      arrived.resolve(payload);
      return 'ack';
    });
    expect(await arrived.promise).toBe('kept');
  });
});
