import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { DisconnectedError, PublishBufferError } from '../transport/transport-errors.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

const context = { callIdStack: [], data: {} };

function sold(id: number): { source: string; type: string; payload: unknown; context: typeof context } {
  return { source: 'shop', type: 'sold', payload: id, context };
}

/** Binds a queue to the events and reads what came, by amqplib. */
async function collector(): Promise<{ ids: () => Promise<number[]>; messageIds: () => unknown[] }> {
  const raw = await world.foreignClient();
  const channel = await raw.createChannel();
  await channel.assertExchange('shop.events', 'topic', { durable: true });
  await channel.assertQueue('collected', { durable: true });
  await channel.bindQueue('collected', 'shop.events', '#');
  const messageIds = new Set<unknown>();
  const ids = new Array<number>();
  return {
    messageIds: () => [...messageIds],
    ids: async () => {
      for (
        let message = await channel.get('collected', { noAck: true });
        message;
        message = await channel.get('collected', { noAck: true })
      ) {
        if (!messageIds.has(message.properties.messageId)) ids.push(Number(message.content.toString()));
        messageIds.add(message.properties.messageId);
      }
      return ids;
    },
  };
}

describe('an event that the broker had not confirmed when the connection was lost', () => {
  it('is published again, under the same id, in order', async () => {
    const { ids } = await collector();
    const publisher = await world.faultyTransport();
    await publisher.prepare('shop');
    world.proxy.freeze();
    const many = Array.from({ length: 50 }, (_, id) => publisher.publish(sold(id)));
    world.proxy.cut();
    world.proxy.thaw();
    expect(await Promise.all(many)).toEqual(many.map(() => ({ routed: true })));
    expect(await ids()).toEqual(many.map((_, id) => id));
  });

  it('is not lost or published under another id however often the connection is cut', async () => {
    const { ids, messageIds } = await collector();
    const publisher = await world.faultyTransport();
    const many = new Array<Promise<unknown>>();
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 20; n++) many.push(publisher.publish(sold(many.length)));
      await many.at(-1);
      many.push(publisher.publish(sold(many.length)));
      world.proxy.cut();
    }
    await Promise.all(many);
    expect((await ids()).toSorted((a, b) => a - b)).toEqual(many.map((_, id) => id));
    expect(messageIds()).toHaveLength(many.length);
  });
});

describe('an event to an exchange that the user may not write to', () => {
  it('is rejected, and those that were under way beside it are taken, in order', async () => {
    const { ids, messageIds } = await collector();
    await world.rabbit.permit('^(?!secret).*', '.*');
    const publisher = await world.transport();
    await Promise.all([publisher.prepare('shop'), publisher.prepare('secret')]);
    const many = Array.from({ length: 60 }, (_, id) =>
      publisher.publish(id % 20 === 7 ? { ...sold(id), source: 'secret' } : sold(id)),
    );
    const outcomes = await Promise.allSettled(many);
    const isRefused = (id: number): boolean => id % 20 === 7;
    for (const [id, outcome] of outcomes.entries()) {
      const refused = { reason: { code: 'MYCEL_PUBLISH_REJECTED', message: expect.stringMatching(/ACCESS_REFUSED/) } };
      expect(outcome).toMatchObject(isRefused(id) ? refused : { value: { routed: true } });
    }
    const taken = [...outcomes.keys()].filter((id) => !isRefused(id));
    expect(await ids()).toEqual(taken);
    expect(messageIds()).toHaveLength(57);
  });
});

describe('a broker that stands still', () => {
  it('is sent a window of 100,000 events; what may wait reaches it in order once it goes on, the rest was rejected', async () => {
    const { ids, messageIds } = await collector();
    const publisher = await world.faultyTransport({ publishWindow: 100, publishBuffer: 1900, publishTimeout: '1m' });
    await publisher.prepare('shop');
    await publisher.publish({ ...sold(0), source: 'other' }); // so that the channel is open
    world.proxy.freeze();
    const all = Array.from({ length: 100_000 }, (_, id) => publisher.publish(sold(id)));
    const rejected = await Promise.allSettled(all.slice(2000));
    const codes = rejected.map((result) =>
      result.status === 'rejected' ? (result.reason as PublishBufferError).bound : '',
    );
    expect(new Set(codes)).toEqual(new Set(['messages']));
    world.proxy.cut();
    world.proxy.thaw();
    const kept = all.slice(0, 2000);
    expect(await Promise.all(kept)).toEqual(kept.map(() => ({ routed: true })));
    expect(await ids()).toEqual(kept.map((_, id) => id));
    expect(messageIds()).toHaveLength(2000);
  });
});

describe('an event while there is no connection', () => {
  it('is rejected when the connection does not come back in time, and so is making ready for events', async () => {
    const publisher = await world.faultyTransport({ publishTimeout: '80ms' });
    await publisher.publish(sold(1));
    world.proxy.refuse();
    world.proxy.cut();
    await expect(publisher.publish(sold(2))).rejects.toThrow(/event shop\.sold .*80 ms/);
    await expect(publisher.publish({ ...sold(3), source: 'other' })).rejects.toThrow(PublishBufferError);
    await expect(publisher.prepare('another')).rejects.toThrow(DisconnectedError);
    world.proxy.accept();
    await expect.poll(() => publisher.publish(sold(4)).catch(() => undefined)).toEqual({ routed: false });
  });
});

describe('closing', () => {
  it('waits for the confirms of what was published', async () => {
    const { ids } = await collector();
    const publisher = await world.faultyTransport();
    const many = Array.from({ length: 200 }, (_, id) => publisher.publish(sold(id)));
    await publisher.close();
    expect(await Promise.all(many)).toHaveLength(200);
    expect(await ids()).toHaveLength(200);
  });
});
