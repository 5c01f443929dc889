import { expect, it } from 'vitest';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import type { InboundEvent, Settlement } from '../transport/event-transport.ts';
import type { EventConsumer } from './event-consumer.ts';
import { EventSubscription } from './event-subscription.ts';
import type { Subscription } from '../transport/subscription.ts';

const subscriber = { ...onSold, prefetch: 50 };

const many = 20;

/** Subscribes; resolves `all` once so many events have come. */
async function hear(
  on: MemoryTransport,
  settlement: Settlement,
): Promise<{ events: InboundEvent[]; all: Promise<void>; subscription: Subscription }> {
  const events: InboundEvent[] = [];
  const all = deferred();
  const subscription = await on.events.subscribe(subscriber, async (event) => {
    events.push(event);
    if (events.length === many) all.resolve();
    return settlement;
  });
  return { events, all: all.promise, subscription };
}

it.each(['its subscription', 'its transport'])(
  'events that failed just before %s is closed come again once, and unmarked',
  async (what) => {
    const broker = new MemoryBroker();
    await using first = new MemoryTransport({ broker });
    await using second = new MemoryTransport({ broker });
    const failed = await hear(first, { kind: 'retry', delayMs: 3000 });
    const context = { callIdStack: [], data: {} };
    const sold = Array.from({ length: many }, (_, id) => ({ source: 'shop', type: 'sold', payload: id, context }));
    await Promise.all(sold.map((event) => second.publish(event)));
    await failed.all;
    await (what === 'its transport' ? first : failed.subscription).close();
    const again = await hear(second, 'ack');
    await again.all;
    expect(again.events.map(({ failures, redelivered }) => [failures, redelivered])).toEqual(
      Array.from({ length: many }, () => [1, false]),
    );
    expect(broker.queue('evt-shop-sold--stock.on_sold')).toMatchObject({ ready: 0 });
    broker.close();
  },
);

it('takes no further event from when it is closed, while copies of those before are not safe yet', async () => {
  const isSafe = deferred();
  const stopped: string[] = [];
  const consumption = {
    stop: async () => void stopped.push('stop'),
    close: async () => void stopped.push('close'),
  };
  const consumer = { stop: () => {}, settled: () => isSafe.promise, close: async () => {} };
  // Only this of a consumer is used.
  const parts = { consumption, consumer: consumer as unknown as EventConsumer, flushMs: 5000, onClosed: () => {} };
  const closed = new EventSubscription(parts).close();
  expect(stopped).toEqual(['stop']);
  isSafe.resolve();
  await closed;
  expect(stopped).toEqual(['stop', 'close']);
});
