import { setImmediate as nextTurn } from 'node:timers/promises';
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
    const broker = new MemoryBroker();
    const transport = new MemoryTransport({ broker });
    const before = await transport.rpc.serve('s', { prefetch: 1 }, echo);
    await before.close();
    const late = transport.rpc.call(call({ timeoutMs: 20, method: 'late' }));
    const inTime = transport.rpc.call(call({ method: 'in time' }));
    await expect(late.reply).rejects.toMatchObject({ code: 'MYCEL_CALL_TIMEOUT', timeoutMs: 20 });
    // The caller's clock began a moment before the broker's.
    while (broker.queue('rpc-s')?.ready !== 1) await nextTurn();
    const seen: string[] = [];
    await transport.rpc.serve('s', { prefetch: 1 }, async ({ method }) => {
      seen.push(method);
      return { kind: 'reply', value: null };
    });
    await inTime.reply;
    expect(seen).toEqual(['in time']);
  });

  test('keeps its deadline under a clock that the test turns', async () => {
    vi.useFakeTimers();
    const { rpc } = await serving(() => new Promise(() => {}));
    const rejected = expect(rpc.call(call({ timeoutMs: 50 })).reply).rejects.toMatchObject({ timeoutMs: 50 });
    await vi.advanceTimersByTimeAsync(50);
    await rejected;
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
      error: { path: 'nameko.exceptions.UnserializableValueError', mycel: { data: { path: 's.m.result[0]' } } },
    });
  });

  test('is rejected when the transport closes', async () => {
    const transport = await serving(() => new Promise(() => {}));
    const { reply, sent } = transport.rpc.call(call({ awaitsBroker: true }));
    await sent;
    await transport[Symbol.asyncDispose]();
    await expect(reply).rejects.toMatchObject({ code: 'MYCEL_TRANSPORT_CLOSED' });
  });
});

describe('a transport in memory', () => {
  test('declares on its broker what services declare on RabbitMQ', async () => {
    const broker = new MemoryBroker();
    const transport = new MemoryTransport({ broker });
    await transport.rpc.serve('s', { prefetch: 3 }, echo);
    expect(broker.queue('rpc-s')).toMatchObject({ durable: true, ready: 0, consumers: [{ prefetch: 3 }] });
    expect(broker.queue('rpc-t')).toBeUndefined();
    expect(broker.status().vhosts[0]?.bindings).toContainEqual(
      expect.objectContaining({ source: 'nameko-rpc', destination: 'rpc-s', routingKey: 's.*' }),
    );
    await transport.close();
    expect(broker.queue('rpc-s')?.consumers).toEqual([]);
  });

  test('plays a program that knows nothing of Mycel, on either side', async () => {
    const broker = new MemoryBroker();
    const [ours, foreign] = [new MemoryTransport({ broker }), new MemoryTransport({ broker, foreign: true })];
    const seen: unknown[] = [];
    const note = async ({ args, fromMycel, timeoutMs }: InboundCall): Promise<CallSettlement> => {
      seen.push({ args, fromMycel, timeoutMs: typeof timeoutMs });
      return { kind: 'reply', value: new Date(0) };
    };
    await ours.rpc.serve('ours', { prefetch: 1 }, note);
    await foreign.rpc.serve('foreign', { prefetch: 1 }, note);
    const args = [new Date(0)];
    const plain = '1970-01-01T00:00:00.000Z';
    expect(await ours.rpc.call(call({ service: 'foreign', args })).reply).toEqual({ ok: true, value: plain });
    expect(await foreign.rpc.call(call({ service: 'ours', args })).reply).toEqual({ ok: true, value: plain });
    expect(await ours.rpc.call(call({ service: 'ours', args })).reply).toEqual({ ok: true, value: new Date(0) });
    expect(seen).toEqual([
      { args: [plain], fromMycel: false, timeoutMs: 'undefined' },
      { args: [plain], fromMycel: false, timeoutMs: 'undefined' },
      { args: [new Date(0)], fromMycel: true, timeoutMs: 'number' },
    ]);
  });

  test('comes back after its connections were cut, and gives what was not settled to whoever is there', async () => {
    const broker = new MemoryBroker();
    const [server, client] = [new MemoryTransport({ broker }), new MemoryTransport({ broker })];
    const begun = deferred();
    await server.rpc.serve('s', { prefetch: 1 }, async ({ redelivered }) => {
      if (redelivered) return { kind: 'reply', value: 'again' };
      begun.resolve();
      return new Promise(() => {});
    });
    const { reply } = client.rpc.call(call());
    await begun.promise;
    server.cut();
    expect(await reply).toEqual({ ok: true, value: 'again' });
    const { reply: lost } = client.rpc.call(call({ method: 'lost' }));
    client.cut();
    await expect(lost).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
  });

  test('loses everything with its broker', async () => {
    const broker = new MemoryBroker();
    const transport = new MemoryTransport({ broker });
    await transport.open();
    broker.close();
    expect(broker.status().connections).toEqual([]);
    await transport.close();
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
