import assert from 'node:assert/strict';
import type { AmqpChannel, QueueOptions } from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf, needing } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { deathsOf } from './dead-letters.ts';
import { channelFault, connectionFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { arrivals, drain, fill, nextOf } from './queue-contents.ts';

async function withQuorum(world: BrokerWorld, args: FieldTable = {}, options: QueueOptions = {}): Promise<AmqpChannel> {
  return world.withQueue({ 'x-queue-type': 'quorum', ...args }, { durable: true, ...options });
}

const quorum = behavioursOf('a quorum queue', {
  'takes messages and gives them in order': async (world) => {
    const channel = await withQuorum(world);
    await fill(channel, ['a', 'b', 'c']);
    assert.equal(textOf(await nextOf(channel, 'q')), 'a');
    const inbox = await Inbox.open(channel, 'q');
    assert.deepEqual(await inbox.takeTexts(2), ['b', 'c']);
  },
  ...eachOf(
    [
      ['not durable', { durable: false }, {}, "invalid property 'non-durable' for"],
      ['exclusive', { exclusive: true }, {}, "invalid property 'exclusive-owner' for"],
      ['deleted with its last consumer', { autoDelete: true }, {}, "invalid property 'auto-delete' for"],
    ] satisfies [string, QueueOptions, FieldTable, string][],
    ([name]) => `cannot be ${name}`,
    async (world, [, options, args, said]) => {
      const text = `PRECONDITION_FAILED - ${said} ${world.in("queue 'q'")}`;
      await channelFault(withQuorum(world, args, options), 406, text);
    },
  ),
  ...eachOf(
    ['x-max-priority', 'x-queue-mode'],
    (name) => `has no ${name}`,
    async (world, name) => {
      const text = `PRECONDITION_FAILED - invalid arg '${name}' for ${world.in("queue 'q'")} of queue type rabbit_quorum_queue`;
      await channelFault(withQuorum(world, { [name]: name === 'x-queue-mode' ? 'lazy' : 5 }), 406, text);
    },
  ),
  'is told apart from a classic one': async (world) => {
    const channel = await withQuorum(world);
    const said = "received none but current is the value 'quorum' of type 'longstr'";
    const text = `PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for ${world.in("queue 'q'")}: ${said}`;
    await channelFault(channel.declareQueue('q', { durable: true }), 406, text);
  },
  'counts how often a message came back': async (world) => {
    const channel = await withQuorum(world);
    await fill(channel, ['a'], { headers: { mine: 1 } });
    const counts = [];
    for (let i = 0; i < 3; i++) {
      const { properties, deliveryTag, redelivered } = await nextOf(channel, 'q');
      counts.push([properties.headers, redelivered]);
      channel.nack(deliveryTag);
    }
    assert.deepEqual(counts, [
      [{ mine: 1, 'x-delivery-count': 0 }, false],
      [{ mine: 1, 'x-delivery-count': 1 }, true],
      [{ mine: 1, 'x-delivery-count': 2 }, true],
    ]);
  },
  'dead-letters a message that came back too often': async (world) => {
    const deadLettering = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
    const channel = await withQuorum(world, { 'x-delivery-limit': 1, ...deadLettering });
    await channel.declareQueue('dead');
    await fill(channel, ['a']);
    for (let i = 0; i < 2; i++) channel.nack((await nextOf(channel, 'q')).deliveryTag);
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    assert.deepEqual(
      deathsOf(dead).map(({ reason, queue, count }) => [reason, queue, count]),
      [['delivery_limit', 'q', 1]],
    );
  },
  'puts what is requeued at its end': async (world) => {
    const channel = await withQuorum(world);
    await fill(channel, ['a', 'b', 'c']);
    channel.nack((await nextOf(channel, 'q')).deliveryTag);
    assert.deepEqual(await drain(channel), ['b', 'c', 'a']);
  },
  'with a delivery limit puts what is requeued at its head': async (world) => {
    const channel = await withQuorum(world, { 'x-delivery-limit': 5 });
    await fill(channel, ['a', 'b', 'c']);
    channel.nack((await nextOf(channel, 'q')).deliveryTag);
    assert.deepEqual(await drain(channel), ['a', 'b', 'c']);
  },
  'gives others what a closed channel left, and counts that': async (world) => {
    const channel = await withQuorum(world);
    await fill(channel, ['a', 'b', 'c']);
    await nextOf(channel, 'q');
    await channel.close();
    const other = await world.channel();
    const inbox = await Inbox.open(other, 'q');
    assert.deepEqual((await inbox.takeTexts(3)).toSorted(), ['a', 'b', 'c']);
    const again = inbox.received.find(({ redelivered }) => redelivered);
    assert.deepEqual([again && textOf(again), again?.properties.headers], ['a', { 'x-delivery-count': 1 }]);
  },
  'has no prefetch of the channel': async (world) => {
    await withQuorum(world);
    const connection = await world.connect();
    const channel = await connection.openChannel();
    await channel.qos(1, { global: true });
    const text = `NOT_IMPLEMENTED - ${world.in("queue 'q'")} does not support global qos`;
    await connectionFault(
      channel.consume('q', () => undefined),
      540,
      text,
    );
  },
  'with a single active consumer cannot be fetched from': async (world) => {
    const channel = await withQuorum(world, { 'x-single-active-consumer': true });
    const said = 'basic.get operations are not supported by quorum queues with single active consumer';
    const text = `RESOURCE_LOCKED - cannot obtain access to locked ${world.in("queue 'q'")}. ${said}`;
    await channelFault(channel.get('q'), 405, text);
  },
  'is purged and deleted like any other': async (world) => {
    const channel = await withQuorum(world);
    await fill(channel, ['a', 'b']);
    assert.deepEqual(await channel.purgeQueue('q'), { messageCount: 2 });
    await fill(channel, ['c']);
    assert.deepEqual(await channel.deleteQueue('q'), { messageCount: 1 });
  },
  'requeues by recovering': async (world) => {
    const channel = await withQuorum(world, { 'x-delivery-limit': 5 });
    await fill(channel, ['a']);
    await nextOf(channel, 'q');
    await channel.recover(true);
    assert.equal((await nextOf(channel, 'q')).redelivered, true);
  },
  'may have a single active consumer, and a greatest length': async (world) => {
    const channel = await withQuorum(world, { 'x-single-active-consumer': true, 'x-max-length': 2 });
    await fill(channel, ['a', 'b', 'c']);
    const inbox = await Inbox.open(channel, 'q');
    assert.deepEqual(await inbox.takeTexts(2), ['b', 'c']);
  },
});

const others = behavioursOf('a queue', {
  'of the classic type is one without a type': async (world) => {
    const channel = await world.withQueue({}, { durable: true });
    await channel.declareQueue('q', { durable: true, arguments: { 'x-queue-type': 'classic' } });
  },
  'of the classic type has no delivery limit': async (world) => {
    const text = `PRECONDITION_FAILED - invalid arg 'x-delivery-limit' for ${world.in("queue 'q'")} of queue type rabbit_classic_queue`;
    await channelFault(world.withQueue({ 'x-delivery-limit': 5 }), 406, text);
  },
  'of the type stream is there to be declared': needing(['streams'], async (world) => {
    await world.withQueue({ 'x-queue-type': 'stream' }, { durable: true });
  }),
});

export const queueTypes: readonly BrokerBehaviour[] = [...quorum, ...others];
