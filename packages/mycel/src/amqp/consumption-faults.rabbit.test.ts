import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';
import { TopologyError, TransportClosedError } from '../transport/transport-errors.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

const sold = { source: 'shop', type: 'sold', payload: 1, context: { callIdStack: [], data: {} } };
const callToLab = {
  service: 'lab',
  method: 'add',
  args: [],
  kwargs: {},
  context: { callIdStack: [], data: {} },
  timeoutMs: 5000,
};

describe('a connection that the broker still holds', () => {
  it('does not keep a service from answering on the next', async () => {
    const server = await world.faultyTransport();
    let calls = 0;
    await server.serve('lab', { prefetch: 1 }, async () => ({ kind: 'reply', value: ++calls }));
    world.proxy.cutClients();
    const client = await world.transport();
    // The first calls may go to the consumer that the broker takes for alive.
    await expect
      .poll(() => client.call({ ...callToLab, timeoutMs: 500 }).reply.catch(() => undefined))
      .toMatchObject({ ok: true });
  });

  it('does not keep a broadcast from coming on the next', async () => {
    const listener = await world.faultyTransport();
    const heard = deferred<unknown>();
    await listener.subscribe({ ...onSold, mode: 'broadcast', reliable: false }, async ({ payload }) => {
      heard.resolve(payload);
      return 'ack';
    });
    world.proxy.cutClients();
    const publisher = await world.transport();
    const queues = async (): Promise<number> =>
      (await world.rabbit.queues()).filter(({ name }) => name.startsWith('evt-')).length;
    await expect.poll(queues).toBe(2);
    world.proxy.buryOrphans();
    await expect.poll(queues).toBe(1);
    await publisher.publish(sold);
    expect(await heard.promise).toBe(1);
  });
});

describe('a start that the broker refuses', () => {
  it('says which queue has other properties, and leaves no channel open', async () => {
    const raw = await world.foreignClient();
    const channel = await raw.createChannel();
    await channel.assertQueue('evt-shop-sold--stock.on_sold', { durable: true });
    const started = await world.transport();
    const subscribing = started.subscribe(onSold, async () => 'ack');
    await expect(subscribing).rejects.toThrow(TopologyError);
    await expect(subscribing).rejects.toThrow(/evt-shop-sold--stock\.on_sold.*amqp\.topology.*406/);
    expect(await world.rabbit.consumers('evt-shop-sold--stock.on_sold')).toBe(0);
    // The transport is none the worse for it.
    await started.subscribe({ ...onSold, method: 'other' }, async () => 'ack');
  });

  it('says so when an exchange of events has another type, without harm to other events', async () => {
    const raw = await world.foreignClient();
    await (await raw.createChannel()).assertExchange('odd.events', 'fanout', { durable: true });
    const publisher = await world.transport();
    const others = Array.from({ length: 20 }, () => publisher.publish(sold));
    await expect(publisher.prepare('odd')).rejects.toThrow(TopologyError);
    await expect(publisher.publish({ ...sold, source: 'odd' })).rejects.toThrow(/odd\.events.*406/);
    expect(await Promise.all(others)).toHaveLength(20);
  });

  it('refuses an exclusive queue that another instance has', async () => {
    const mine: EventSubscriber = { ...onSold, mode: 'broadcast', reliable: false, broadcastId: 'one' };
    await (await world.transport()).subscribe(mine, async () => 'ack');
    await expect((await world.transport()).subscribe(mine, async () => 'ack')).rejects.toThrow(/405.*broadcast id/);
  });
});

describe('a subscription', () => {
  it('takes more workers than a prefetch can be', async () => {
    const server = await world.transport();
    await server.serve('lab', { prefetch: 100_000 }, async () => ({ kind: 'reply', value: 1 }));
    expect(await server.call(callToLab).reply).toEqual({ ok: true, value: 1 });
  });

  it('takes nothing when it is stopped while it attaches again', async () => {
    const [server, publisher] = [await world.faultyTransport(), await world.transport()];
    let taken = 0;
    const subscription = await server.subscribe(onSold, async () => {
      taken += 1;
      return 'ack';
    });
    world.proxy.cut();
    await publisher.publish(sold);
    await subscription.stop();
    const stoppedAt = taken;
    await expect.poll(() => world.proxy.size).toBe(2);
    await subscription.close();
    expect(await world.rabbit.consumers('evt-shop-sold--stock.on_sold')).toBe(0);
    expect(taken).toBe(stoppedAt);
  });

  it('is refused by a transport that is closed', async () => {
    const closed = await world.transport();
    await closed.close();
    await expect(closed.serve('lab', { prefetch: 1 }, async () => ({ kind: 'drop' }))).rejects.toThrow(
      TransportClosedError,
    );
    await expect(closed.subscribe(onSold, async () => 'ack')).rejects.toThrow(TransportClosedError);
  });

  it('comes back with its queue, its binding and its exchange after all were deleted', async () => {
    const [server, publisher] = [await world.transport(), await world.transport()];
    const heard = deferred();
    await server.subscribe(onSold, async ({ payload }) => {
      if (payload === 'again') heard.resolve();
      return 'ack';
    });
    await publisher.publish(sold);
    const raw = await world.foreignClient();
    const channel = await raw.createChannel();
    await channel.deleteExchange('shop.events');
    await channel.deleteQueue('evt-shop-sold--stock.on_sold');
    await expect.poll(() => publisher.publish({ ...sold, payload: 'again' })).toEqual({ routed: true });
    await heard.promise;
  });
});
