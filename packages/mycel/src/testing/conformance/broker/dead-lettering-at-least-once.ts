import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { deathsOf, rejectedFrom } from './dead-letters.ts';
import { channelFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { arrivals, fill } from './queue-contents.ts';

const strategy = 'x-dead-letter-strategy';

/** Declares a queue whose dead go to the queue of that name, none of them to be lost. */
async function declareSafe(channel: AmqpChannel, queue: string, dead: string, args: FieldTable = {}): Promise<void> {
  const safe = { 'x-queue-type': 'quorum', [strategy]: 'at-least-once', 'x-overflow': 'reject-publish' };
  const route = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
  await channel.declareQueue(queue, { durable: true, arguments: { ...safe, ...route, ...args } });
}

async function withSafeQueue(world: BrokerWorld, args: FieldTable = {}): Promise<AmqpChannel> {
  const channel = await world.confirming();
  await channel.declareQueue('dead');
  await declareSafe(channel, 'q', 'dead', args);
  return channel;
}

/** What becomes of messages that nobody takes shows on RabbitMQ after minutes only: see the tests of the engine. */
export const deadLetteringAtLeastOnce: readonly BrokerBehaviour[] = behavioursOf(
  'a quorum queue that dead-letters at least once',
  {
    'sends on what expires, in order, with the record of its death': async (world) => {
      const channel = await withSafeQueue(world, { 'x-message-ttl': 5 });
      await fill(channel, ['a', 'b'], { headers: { own: 1 } });
      const dead = await arrivals(channel, 'dead', 2);
      assert.deepEqual(dead.map(textOf), ['a', 'b']);
      assert.deepEqual(
        dead.map(deathsOf).map(([death]) => [death?.reason, death?.queue, death?.count]),
        [
          ['expired', 'q', 1],
          ['expired', 'q', 1],
        ],
      );
      assert.deepEqual(
        dead.map(({ properties, redelivered }) => [properties.headers?.['own'], redelivered]),
        [
          [1, false],
          [1, false],
        ],
      );
    },
    'sends on a message by its own time, if that ends before the time of the queue': async (world) => {
      const channel = await withSafeQueue(world, { 'x-message-ttl': 3_600_000 });
      await fill(channel, ['x'], { expiration: '5' });
      const [dead] = await arrivals(channel, 'dead');
      assert.ok(dead);
      assert.equal(dead.properties.expiration, undefined);
    },
    'sends on what is rejected': async (world) => {
      const channel = await withSafeQueue(world);
      await fill(channel, ['x']);
      assert.equal(deathsOf(await rejectedFrom(channel, 'q'))[0]?.reason, 'rejected');
    },
    'keeps the order of those that die': async (world) => {
      const channel = await withSafeQueue(world, { 'x-message-ttl': 5 });
      const inbox = await Inbox.open(channel, 'dead', { noAck: true });
      for (let n = 0; n < 50; n++) await fill(channel, [String(n)]);
      assert.deepEqual(
        await inbox.takeTexts(50),
        Array.from({ length: 50 }, (_, n) => String(n)),
      );
    },
    'lets no other queue wait when the queue of its dead is not there': async (world) => {
      const channel = await withSafeQueue(world, { 'x-message-ttl': 5 });
      await declareSafe(channel, 'other', 'nowhere', { 'x-message-ttl': 5 });
      await fill(channel, ['stuck'], {}, 'other');
      await fill(channel, ['free']);
      assert.deepEqual((await arrivals(channel, 'dead')).map(textOf), ['free']);
    },
    'takes back what comes to it again, as if it were new': async (world) => {
      const channel = await withSafeQueue(world, { 'x-message-ttl': 5 });
      const inbox = await Inbox.open(channel, 'dead');
      await fill(channel, ['x']);
      for (let n = 0; n < 3; n++) {
        const { properties, body, deliveryTag } = await inbox.next();
        assert.equal(properties.headers?.['x-delivery-count'], undefined);
        await channel.publishConfirmed('', 'q', body, { headers: {} });
        channel.ack(deliveryTag);
      }
      await inbox.next();
    },
    'is not declared with a strategy that nobody knows': async (world) => {
      const channel = await world.channel();
      const text = `PRECONDITION_FAILED - invalid arg '${strategy}' for ${world.in("queue 'q'")}: invalid_dlx_strategy`;
      await channelFault(declareSafe(channel, 'q', 'dead', { [strategy]: 'often' }), 406, text);
    },
  },
);
