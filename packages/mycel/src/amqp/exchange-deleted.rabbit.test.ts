import type { Channel } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();
const context = { callIdStack: [], data: {} };

function handlerOf(service: string): EventSubscriber {
  const mode = service.startsWith('each') ? 'broadcast' : 'service-pool';
  return { source: 'shop', type: 'sold', service, method: 'on', mode, reliable: mode !== 'broadcast', prefetch: 5 };
}

function sold(payload: unknown): { source: string; type: string; payload: unknown; context: typeof context } {
  return { source: 'shop', type: 'sold', payload, context };
}

const ping = { service: 'lab', method: 'ping', args: [], kwargs: {}, context, timeoutMs: 30_000 };

async function admin(): Promise<Channel> {
  return (await world.foreignClient()).createChannel();
}

describe('an exchange that somebody deletes', () => {
  it('while nobody publishes is declared again, with all that was bound to it, and told of once', async () => {
    const records: LogRecord[] = [];
    const transport = await world.transport({ logger: recordingLogger(records) });
    const steps = new Steps();
    for (const service of ['stock', 'each'])
      await transport.subscribe(handlerOf(service), async ({ payload }) => {
        steps.note(`${service} ${String(payload)}`);
        return 'ack';
      });
    const raw = await admin();
    await raw.deleteExchange('shop.events');
    await expect.poll(() => transport.counters.total('exchanges_restored', 'shop.events')).toBe(1);
    await expect.poll(() => transport.health().ready).toBe(true);
    // By a client that heals nothing.
    raw.publish('shop.events', 'sold', Buffer.from('1'), { contentType: 'application/json', contentEncoding: 'utf-8' });
    await Promise.all([steps.until('stock 1'), steps.until('each 1')]);
    const told = records.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(told).toEqual(["the exchange 'shop.events' was deleted: declaring it, and binding to it again"]);
  });

  it('is told of once by each process that hung on it, whichever of them finds it, and counted', async () => {
    const records: LogRecord[][] = [];
    const transports = await Promise.all(
      ['stock', 'each'].map(async (service) => {
        const own: LogRecord[] = [];
        records.push(own);
        const transport = await world.transport({ logger: recordingLogger(own) });
        await transport.subscribe(handlerOf(service), async () => 'ack');
        return transport;
      }),
    );
    await (await admin()).deleteExchange('shop.events');
    const restored = (): number[] =>
      transports.map(({ counters }) => counters.total('exchanges_restored', 'shop.events'));
    await expect.poll(restored).toEqual([1, 1]);
    await expect.poll(() => transports.map((transport) => transport.health().ready)).toEqual([true, true]);
    for (const own of records) {
      const told = own.filter(({ level }) => level === 'warn').map(({ message }) => message);
      expect(told).toEqual([expect.stringContaining("the exchange 'shop.events' was deleted")]);
    }
  });

  it('and that a publisher restores, loses no event: those that come back are sent again', async () => {
    const [handler, publisher] = [await world.transport(), await world.transport()];
    const got: unknown[] = [];
    await handler.subscribe(handlerOf('stock'), async ({ payload }) => {
      got.push(payload);
      return 'ack';
    });
    await publisher.prepare('shop');
    const raw = await admin();
    for (const id of [1, 2, 3]) {
      await raw.deleteExchange('shop.events');
      expect(await publisher.publish(sold(id))).toEqual({ routed: true });
    }
    await expect.poll(() => got).toEqual([1, 2, 3]);
  });

  it('and that somebody restores who tells nobody, loses no event of a publisher whose events had a queue before', async () => {
    const [handler, publisher] = [await world.transport(), await world.transport()];
    const steps = new Steps();
    await handler.subscribe(handlerOf('stock'), async ({ payload }) => {
      steps.note(`got ${String(payload)}`);
      return 'ack';
    });
    expect(await publisher.publish(sold(0))).toEqual({ routed: true });
    const raw = await admin();
    await raw.deleteExchange('shop.events');
    await raw.assertExchange('shop.events', 'topic', { durable: true });
    expect(await publisher.publish(sold(1))).toEqual({ routed: true });
    await steps.until('got 1');
  });

  it('and that was never gone, but for a binding, is bound to again without a word', async () => {
    const records: LogRecord[] = [];
    const logger = recordingLogger(records);
    const [handler, publisher] = [await world.transport({ logger }), await world.transport({ logger })];
    await handler.subscribe(handlerOf('stock'), async () => 'ack');
    expect(await publisher.publish(sold(0))).toEqual({ routed: true });
    await (await admin()).unbindQueue('evt-shop-sold--stock.on', 'shop.events', 'sold');
    expect(await publisher.publish(sold(1))).toEqual({ routed: true });
    const restored = [handler, publisher].map(({ counters }) => counters.total('exchanges_restored'));
    expect([restored, records.filter(({ level }) => level === 'warn')]).toEqual([[0, 0], []]);
  });

  it('and whose handlers are slow to come back is given the time: what comes back unrouted is sent again', async () => {
    const [handler, publisher] = [await world.faultyTransport(), await world.transport()];
    await handler.subscribe(handlerOf('stock'), async () => 'ack');
    await publisher.publish(sold(0));
    world.proxy.freeze();
    await (await admin()).deleteExchange('shop.events');
    const published = publisher.publish(sold(1));
    await expect.poll(() => publisher.counters.total('exchanges_restored')).toBe(1);
    await expect.poll(() => publisher.health().ready).toBe(true);
    await publisher.prepare('shop'); // by now the event is sent
    await publisher.publish({ ...sold(2), source: 'other' }); // confirmed behind it: it has come back
    world.proxy.thaw();
    expect(await published).toEqual({ routed: true });
  });

  it('of calls whose service is slow to come back does not let it look unknown', async () => {
    const [server, other, caller] = [await world.faultyTransport(), await world.transport(), await world.transport()];
    for (const [transport, service] of [
      [server, 'lab'],
      [other, 'other'],
    ] as const)
      await transport.serve(service, { prefetch: 1 }, async () => ({ kind: 'reply', value: 'pong' }));
    expect(await caller.call(ping).reply).toMatchObject({ ok: true });
    world.proxy.freeze();
    await (await admin()).deleteExchange('nameko-rpc');
    caller.call(ping).reply.catch(() => {});
    await expect.poll(() => caller.counters.total('exchanges_restored')).toBe(1);
    await expect.poll(() => caller.health().ready).toBe(true);
    const answered = caller.call(ping).reply;
    answered.catch(() => {});
    await caller.call({ ...ping, service: 'other' }).reply; // sent behind it: the request has come back
    world.proxy.thaw();
    expect(await answered).toMatchObject({ ok: true, value: 'pong' });
  });

  it('and that has no handlers is believed to have none after a while', async () => {
    const publisher = await world.transport();
    await publisher.prepare('shop');
    await (await admin()).deleteExchange('shop.events');
    expect(await publisher.publish(sold(1))).toEqual({ routed: false });
  });

  it('of calls keeps no caller from its service, and lets no service look unknown', async () => {
    const [server, caller, bystander] = [await world.transport(), await world.transport(), await world.transport()];
    await server.serve('lab', { prefetch: 1 }, async () => ({ kind: 'reply', value: 'pong' }));
    await Promise.all([caller.prepareCalls(), bystander.prepareCalls()]);
    const raw = await admin();
    for (let round = 0; round < 3; round++) {
      await raw.deleteExchange('nameko-rpc');
      // The first finds it missing: whether the broker had the request, nobody knows.
      const first = await caller.call(ping).reply.catch((error: { code: string }) => error.code);
      expect(['MYCEL_DISCONNECTED', { ok: true, value: 'pong' }]).toContainEqual(first);
      expect(await caller.call(ping).reply).toMatchObject({ ok: true });
      expect(await bystander.call(ping).reply).toMatchObject({ ok: true });
    }
  });

  it('of cancellations is restored too, so that a call is still aborted across the broker', async () => {
    const [server, caller] = [await world.transport(), await world.transport()];
    const steps = new Steps();
    const aborted = deferred();
    await server.serve('lab', { prefetch: 1 }, async (call) => {
      call.canceller = { cancel: () => aborted.resolve() };
      steps.note('called');
      await aborted.promise;
      return { kind: 'drop' };
    });
    await caller.prepareCalls();
    await (await admin()).deleteExchange('mycel-control');
    await expect
      .poll(() => server.counters.total('exchanges_restored') + caller.counters.total('exchanges_restored'))
      .toBeGreaterThan(0);
    await expect.poll(() => server.health().ready && caller.health().ready).toBe(true);
    const abort = new AbortController();
    const call = caller.call({ ...ping, signal: abort.signal });
    call.reply.catch(() => {});
    await steps.until('called');
    abort.abort();
    await aborted.promise;
  });
});
