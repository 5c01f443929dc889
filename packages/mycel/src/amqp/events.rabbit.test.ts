import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { deferred } from '../foundation/deferred.ts';
import type { EventSubscriber, InboundEvent, OutboundEvent } from '../transport/event-transport.ts';
import { TopologyError } from '../transport/transport-errors.ts';
import type { AmqpTransport } from './amqp-transport.ts';

const world = useAmqpWorld();

function event(given: Partial<OutboundEvent> = {}): OutboundEvent {
  return {
    source: 'shop',
    type: 'sold',
    payload: { id: 1 },
    context: { callIdStack: ['a.b.1'], data: { language: 'en' } },
    ...given,
  };
}

function subscriber(given: Partial<EventSubscriber> = {}): EventSubscriber {
  return { ...onSold, ...given };
}

interface Collected {
  readonly events: InboundEvent[];
  readonly count: (n: number) => Promise<void>;
}

/** Subscribes and collects; `count(n)` resolves once n events came. */
async function collect(to: AmqpTransport, given: Partial<EventSubscriber> = {}): Promise<Collected> {
  const events: InboundEvent[] = [];
  const waiters: { n: number; resolve: () => void }[] = [];
  await to.subscribe(subscriber(given), async (received) => {
    events.push(received);
    for (const waiter of waiters) if (events.length >= waiter.n) waiter.resolve();
    return 'ack';
  });
  return {
    events,
    count: (n) => new Promise((resolve) => (events.length >= n ? resolve() : waiters.push({ n, resolve }))),
  };
}

describe('an event over RabbitMQ', () => {
  it('is refused at the sender when an entry of its context cannot be sent', async () => {
    const context = { callIdStack: [], data: { entry: new Map() } };
    await expect((await world.transport()).publish(event({ context }))).rejects.toMatchObject({
      code: 'MYCEL_UNSERIALISABLE',
      path: 'event shop.sold: headers.nameko.entry',
    });
  });

  it('reaches its handler with payload and context, once the broker has confirmed it', async () => {
    const { events, count } = await collect(await world.transport());
    expect(await (await world.transport()).publish(event())).toEqual({ routed: true });
    await count(1);
    expect(events[0]).toMatchObject({
      source: 'shop',
      type: 'sold',
      payload: { id: 1 },
      context: { callIdStack: ['a.b.1'], data: { language: 'en' } },
      redelivered: false,
      messageId: expect.any(String),
    });
  });

  it('is persistent, unless it is volatile', async () => {
    const channel = await (await world.foreignClient()).createChannel();
    await channel.assertExchange('shop.events', 'topic', { durable: true });
    await channel.assertQueue('collected');
    await channel.bindQueue('collected', 'shop.events', '#');
    const publisher = await world.transport();
    for (const volatile of [undefined, false, true]) await publisher.publish(event({ volatile }));
    const modes: unknown[] = [];
    for (let n = 0; n < 3; n++) {
      const message = await channel.get('collected', { noAck: true });
      modes.push(message && message.properties.deliveryMode);
    }
    expect(modes).toEqual([2, 2, 1]);
  });

  it('is reported as unrouted when nobody has a queue for it', async () => {
    expect(await (await world.transport()).publish(event())).toEqual({ routed: false });
  });

  it('waits in a quorum queue while no instance runs', async () => {
    const first = await world.transport();
    await collect(first);
    await first.close();
    await (await world.transport()).publish(event({ payload: 'kept' }));
    const { events, count } = await collect(await world.transport());
    await count(1);
    expect(events.map(({ payload }) => payload)).toEqual(['kept']);
    const queue = 'evt-shop-sold--stock.on_sold';
    expect((await world.rabbit.queues()).find(({ name }) => name === queue)).toMatchObject({ type: 'quorum' });
  });

  it('reaches one instance of a service pool, every instance of a broadcast, and one singleton of all services', async () => {
    const [a, b, publisher] = [await world.transport(), await world.transport(), await world.transport()];
    const pool = [await collect(a), await collect(b)];
    const broadcast = { mode: 'broadcast', reliable: false, method: 'on_broadcast' } as const;
    const all = [await collect(a, broadcast), await collect(b, broadcast)];
    const singleton = { mode: 'singleton', method: 'on_single' } as const;
    const single = [
      await collect(a, { ...singleton, service: 'one' }),
      await collect(b, { ...singleton, service: 'two' }),
    ];
    const many = Array.from({ length: 10 }, (_, id) => publisher.publish(event({ payload: id })));
    await Promise.all(many);
    await Promise.all(all.map(({ count }) => count(10)));
    const received = (group: { events: InboundEvent[] }[]): unknown[] =>
      group.flatMap(({ events }) => events.map(({ payload }) => payload)).toSorted((a, b) => Number(a) - Number(b));
    const each = Array.from({ length: 10 }, (_, id) => id);
    await expect.poll(() => received(pool)).toEqual(each);
    await expect.poll(() => received(single)).toEqual(each);
    expect(all.map((one) => received([one]))).toEqual([each, each]);
  });

  it('comes again, marked, when its handler asks for it', async () => {
    const redelivered = deferred<boolean>();
    await (await world.transport()).subscribe(subscriber(), async (received) => {
      if (!received.redelivered) return 'requeue';
      redelivered.resolve(true);
      return 'ack';
    });
    await (await world.transport()).publish(event());
    expect(await redelivered.promise).toBe(true);
  });

  it('is handed over as malformed when its body is no JSON', async () => {
    const { events, count } = await collect(await world.transport());
    const raw = await world.foreignClient();
    (await raw.createChannel()).publish('shop.events', 'sold', Buffer.from('{oops'), {
      contentType: 'application/json',
    });
    await count(1);
    expect(events[0]).toMatchObject({ payload: undefined, malformed: expect.stringMatching(/JSON/) });
  });
});

describe('a lost connection', () => {
  it('is followed by a new one on which events are published and handled as before', async () => {
    const { events, count } = await collect(await world.transport());
    const publisher = await world.transport();
    await publisher.publish(event({ payload: 1 }));
    await count(1);
    await world.rabbit.closeConnections('pulled by a test');
    await expect
      .poll(async () =>
        publisher.publish(event({ payload: 2 })).then(
          ({ routed }) => routed,
          () => false,
        ),
      )
      .toBe(true);
    // The first may come again: its acknowledgement can be lost with the connection.
    await expect.poll(() => events.map(({ payload }) => payload)).toContain(2);
  });
});

describe('a queue that exists with other properties', () => {
  it('is a clear error that names the queue and the remedy', async () => {
    await collect(await world.transport({ topology: 'nameko' }));
    const refused = (await world.transport()).subscribe(subscriber(), async () => 'ack');
    await expect(refused).rejects.toThrow(TopologyError);
    await expect(refused).rejects.toThrow(/evt-shop-sold--stock\.on_sold.*set amqp\.topology to 'nameko'/s);
  });
});

describe('closing', () => {
  it('waits for the confirms of events on their way', async () => {
    const publisher = await world.transport();
    await collect(await world.transport());
    const publishing = Array.from({ length: 50 }, (_, id) => publisher.publish(event({ payload: id })));
    await publisher.close();
    expect(await Promise.all(publishing)).toEqual(publishing.map(() => ({ routed: true })));
  });

  it('refuses what is published afterwards', async () => {
    const publisher = await world.transport();
    await publisher.close();
    await expect(publisher.publish(event())).rejects.toMatchObject({ code: 'MYCEL_TRANSPORT_CLOSED' });
  });
});
