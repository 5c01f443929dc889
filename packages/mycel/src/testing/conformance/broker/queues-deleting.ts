import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { channelFault, lockedText } from './faults.ts';
import { Inbox } from './inbox.ts';
import { consumerCount, depth, drain, fetch, fill, queueExists, queueGone } from './queue-contents.ts';

const purging = behavioursOf('purging a queue', {
  'drops what is ready and counts it': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    assert.deepEqual(await channel.purgeQueue('q'), { messageCount: 3 });
    assert.equal(await depth(channel), 0);
  },
  'leaves what is unacknowledged': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const { deliveryTag } = await fetch(channel);
    assert.deepEqual(await channel.purgeQueue('q'), { messageCount: 1 });
    channel.nack(deliveryTag);
    assert.deepEqual(await drain(channel), ['a']);
  },
  'that does not exist is refused': async (world) => {
    const text = `NOT_FOUND - no ${world.in("queue 'none'")}`;
    await channelFault((await world.channel()).purgeQueue('none'), 404, text);
  },
});

const deleting = behavioursOf('deleting a queue', {
  'counts the messages that go with it': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    assert.deepEqual(await channel.deleteQueue('q'), { messageCount: 3 });
    assert.ok(!(await queueExists(world)));
  },
  'that does not exist is no error': async (world) => {
    assert.deepEqual(await (await world.channel()).deleteQueue('none'), { messageCount: 0 });
  },
  'if empty is refused while it has messages': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    const text = `PRECONDITION_FAILED - ${world.in("queue 'q'")} not empty`;
    await channelFault(channel.deleteQueue('q', { ifEmpty: true }), 406, text);
    assert.ok(await queueExists(world));
  },
  'if empty is done when it is': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    await drain(channel);
    await channel.deleteQueue('q', { ifEmpty: true });
    assert.ok(!(await queueExists(world)));
  },
  'if unused is refused while it has consumers': async (world) => {
    const channel = await world.withQueue();
    await Inbox.open(channel, 'q');
    const text = `PRECONDITION_FAILED - ${world.in("queue 'q'")} in use`;
    await channelFault(channel.deleteQueue('q', { ifUnused: true }), 406, text);
    assert.ok(await queueExists(world));
  },
  'if unused is done when the consumers are gone': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q');
    await inbox.cancel();
    await channel.deleteQueue('q', { ifUnused: true, ifEmpty: true });
    assert.ok(!(await queueExists(world)));
  },
  'ends its consumers, and tells them': async (world) => {
    const channel = await world.withQueue();
    const inboxes = [await Inbox.open(channel, 'q'), await Inbox.open(await world.channel(), 'q')];
    await channel.deleteQueue('q');
    await Promise.all(inboxes.map(async ({ cancelled }) => cancelled));
  },
  'leaves what was delivered from it to be acknowledged in vain': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    const { deliveryTag } = await fetch(channel);
    await channel.deleteQueue('q');
    channel.ack(deliveryTag);
    await channel.qos(1);
    assert.ok(channel.isOpen);
  },
});

/** Declares the exclusive queue `q` elsewhere, bound by the key, and says what others are told of it. */
async function locked(world: BrokerWorld, key?: string): Promise<string> {
  const owner = await (await world.connect()).openChannel();
  await owner.declareQueue('q', { exclusive: true });
  if (key !== undefined) await owner.bindQueue('q', 'amq.direct', key);
  return lockedText(world);
}

const exclusive = behavioursOf('an exclusive queue', {
  'may be used by all channels of its connection': async (world) => {
    const channel = await world.withQueue({}, { exclusive: true });
    await fill(channel, ['a']);
    assert.deepEqual(await drain(await world.channel()), ['a']);
  },
  'is locked to declarations of other connections': async (world) => {
    const text = await locked(world);
    await channelFault((await world.channel()).declareQueue('q', { exclusive: true }), 405, text);
  },
  'is locked to passive declarations of other connections': async (world) => {
    const text = await locked(world);
    await channelFault((await world.channel()).declareQueue('q', { passive: true }), 405, text);
  },
  'is locked to consumers of other connections': async (world) => {
    const text = await locked(world);
    await channelFault(
      (await world.channel()).consume('q', () => undefined),
      405,
      text,
    );
  },
  'is locked to getting, purging, binding and deleting by other connections': async (world) => {
    const text = await locked(world, 'k');
    await channelFault((await world.channel()).get('q'), 405, text);
    await channelFault((await world.channel()).purgeQueue('q'), 405, text);
    await channelFault((await world.channel()).bindQueue('q', 'amq.direct', 'k'), 405, text);
    await channelFault((await world.channel()).unbindQueue('q', 'amq.direct', 'k'), 405, text);
    await channelFault((await world.channel()).deleteQueue('q'), 405, text);
  },
  'takes messages from everybody': async (world) => {
    const owner = await (await world.connect()).openChannel();
    await owner.declareQueue('q', { exclusive: true });
    await fill(await world.confirming(), ['a']);
    assert.deepEqual(await drain(owner), ['a']);
  },
  'goes with its connection': async (world) => {
    const connection = await world.connect();
    await (await connection.openChannel()).declareQueue('q', { exclusive: true, durable: true });
    await connection.close();
    await queueGone(await world.confirming());
    assert.ok(!(await queueExists(world)));
  },
  'goes with a connection that is lost': async (world) => {
    const connection = await world.connect();
    await (await connection.openChannel()).declareQueue('q', { exclusive: true });
    connection.destroy();
    await queueGone(await world.confirming());
  },
  'outlives the channel it was declared on': async (world) => {
    const channel = await world.withQueue({}, { exclusive: true });
    await channel.close();
    assert.ok(await queueExists(world));
  },
});

const autoDelete = behavioursOf('an auto-delete queue', {
  'stays while it never had a consumer': async (world) => {
    const channel = await world.withQueue({}, { autoDelete: true });
    await fill(channel, ['a']);
    await drain(channel);
    assert.ok(await queueExists(world));
  },
  'goes when its last consumer is cancelled': async (world) => {
    const channel = await world.withQueue({}, { autoDelete: true });
    const inboxes = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    await inboxes[0]?.cancel();
    assert.equal(await consumerCount(channel), 1);
    await inboxes[1]?.cancel();
    assert.ok(!(await queueExists(world)));
  },
  'goes when the channel of its last consumer is closed': async (world) => {
    const channel = await world.withQueue({}, { autoDelete: true });
    await Inbox.open(channel, 'q');
    await channel.close();
    await queueGone(await world.confirming());
  },
  'goes when the connection of its last consumer is lost': async (world) => {
    const connection = await world.connect();
    const channel = await connection.openChannel();
    await channel.declareQueue('q', { autoDelete: true });
    await Inbox.open(channel, 'q');
    connection.destroy();
    await queueGone(await world.confirming());
  },
  'takes along the messages that were not acknowledged': async (world) => {
    const channel = await world.withQueue({}, { autoDelete: true });
    await fill(channel, ['a', 'b']);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(2);
    await inbox.cancel();
    assert.ok(!(await queueExists(world)));
  },
});

export const queuesDeleting: readonly BrokerBehaviour[] = [...purging, ...deleting, ...exclusive, ...autoDelete];
