import { describe, expect, it } from 'vitest';
import { useAmqpWorld } from '../../../../tests/support/amqp-world.ts';
import { countReady } from '../../../../tests/support/dead-letters.ts';
import { onSold } from '../../../../tests/support/sample-subscriber.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { InboundEvent, Settlement } from '../transport/event-transport.ts';
import type { TopologyName } from './amqp-options.ts';
import { deadLetterQueue, endlessReturns, eventQueue } from './topology.ts';

forbidUnhandledRejections();

const world = useAmqpWorld();

const sold = { source: 'shop', type: 'sold', payload: 'car', context: { callIdStack: [], data: {} } };

/** Takes the next event in an instance that ends with it. */
async function takeOnce(topology: TopologyName, settlement: Settlement): Promise<InboundEvent> {
  const transport = await world.transport({ topology });
  const taken = deferred<InboundEvent>();
  const isStopped = deferred();
  const subscription = await transport.subscribe({ ...onSold, prefetch: 1 }, async (event) => {
    taken.resolve(event);
    await isStopped.promise;
    return settlement;
  });
  const event = await taken.promise;
  await subscription.stop();
  isStopped.resolve();
  await transport.close();
  return event;
}

describe.each<TopologyName>(['mycel', 'nameko'])(
  'an event that instances hand back, with the topology %s',
  (topology) => {
    it('is not one that ends its instances, however often', async () => {
      const first = await world.transport({ topology });
      await (await first.subscribe(onSold, async () => 'ack')).stop(); // the queue is there
      await first.publish(sold);
      for (let round = 0; round < 8; round++) {
        const { returns = 0, redelivered } = await takeOnce(topology, 'requeue');
        expect(returns, `in round ${round}`).toBeLessThanOrEqual(1);
        expect(redelivered).toBe(round > 0);
      }
      await takeOnce(topology, 'ack');
      expect(await countReady(world.rabbit.uri, eventQueue(onSold, topology, '').queue)).toBe(0);
    });
  },
);

describe('a queue from which nothing may be dropped', () => {
  it.each([deadLetterQueue, eventQueue(onSold, 'mycel', '')])(
    'keeps what comes back more often than RabbitMQ has it by itself: $queue',
    async ({ queue, options }) => {
      expect(options.arguments).toMatchObject({ 'x-delivery-limit': endlessReturns });
      const channel = await (await world.foreignClient()).createChannel();
      await channel.assertQueue(queue, { durable: true, arguments: options.arguments });
      channel.sendToQueue(queue, Buffer.from('kept'));
      for (let round = 0; round < 30; round++) {
        const other = await (await world.foreignClient()).createChannel();
        const got = deferred<string>();
        await other.consume(queue, (message) => got.resolve(String(message?.content)));
        expect(await got.promise, `in round ${round}`).toBe('kept');
        await other.close(); // it comes back as if its consumer had died, which all versions count
      }
    },
  );
});
