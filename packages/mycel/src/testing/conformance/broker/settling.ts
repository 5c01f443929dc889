import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import { channelFault, connectionFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { drain, fetch, fill } from './queue-contents.ts';

/** Fills `q` and fetches all of it; the delivery tags are 1, 2, ... */
async function fetchAll(channel: AmqpChannel, ...texts: string[]): Promise<void> {
  await fill(channel, texts);
  for (const text of texts) assert.equal(textOf(await fetch(channel)), text);
}

const acknowledging = behavioursOf('an acknowledgement', {
  'is of one message': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.ack(2);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), ['a', 'c']);
  },
  'of several is of all up to it': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.ack(2, true);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), ['c']);
  },
  'of several up to nought is of all there are': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.ack(0, true);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), []);
  },
  'of several up to nought is fine when there are none': async (world) => {
    const channel = await world.channel();
    channel.ack(0, true);
    await channel.qos(1);
    assert.ok(channel.isOpen);
  },
  'of several spans the queues of its channel': async (world) => {
    const channel = await world.withQueue();
    await channel.declareQueue('other');
    await fetchAll(channel, 'a');
    await fill(channel, ['b'], {}, 'other');
    await fetch(channel, 'other');
    channel.ack(2, true);
    await channel.close();
    const next = await world.channel();
    assert.deepEqual([await drain(next), await drain(next, 'other')], [[], []]);
  },
  ...eachOf(
    [
      ['ack', 5, (channel: AmqpChannel) => channel.ack(5)],
      ['ack of several', 5, (channel: AmqpChannel) => channel.ack(5, true)],
      ['ack of nought', 0, (channel: AmqpChannel) => channel.ack(0)],
      ['nack', 5, (channel: AmqpChannel) => channel.nack(5)],
      ['reject', 5, (channel: AmqpChannel) => channel.reject(5, false)],
    ] as const,
    ([name]) => `is refused for a tag that is unknown: ${name}`,
    async (world, [, tag, settle]) => {
      const channel = await world.withQueue();
      await fetchAll(channel, 'a');
      settle(channel);
      await channelFault(channel, 406, `PRECONDITION_FAILED - unknown delivery tag ${tag}`);
      assert.deepEqual(await drain(await world.channel()), ['a']);
    },
  ),
  'is refused the second time': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a');
    channel.ack(1);
    channel.ack(1);
    await channelFault(channel, 406, 'PRECONDITION_FAILED - unknown delivery tag 1');
  },
  'is refused on another channel': async (world) => {
    await fetchAll(await world.withQueue(), 'a');
    const other = await world.channel();
    other.ack(1);
    await channelFault(other, 406, 'PRECONDITION_FAILED - unknown delivery tag 1');
  },
});

const requeueing = behavioursOf('a requeued message', {
  'is delivered again, marked as such': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a');
    channel.reject(1, true);
    const delivery = await fetch(channel);
    assert.deepEqual([textOf(delivery), delivery.redelivered, delivery.deliveryTag], ['a', true, 2]);
  },
  'stands where it stood': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c', 'd']);
    for (let i = 0; i < 3; i++) await fetch(channel);
    channel.nack(2);
    assert.deepEqual(await drain(channel), ['b', 'd']);
  },
  'stands where it stood, whatever the order of the refusals': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    await fill(channel, ['d']);
    for (const tag of [2, 3, 1]) channel.nack(tag);
    assert.deepEqual(await drain(channel), ['a', 'b', 'c', 'd']);
  },
  'by a refusal of several stands where it stood': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.nack(2, { multiple: true });
    assert.deepEqual(await drain(channel), ['a', 'b']);
  },
  'goes to another consumer': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(await world.channel(), 'q')];
    await fill(channel, ['a']);
    const { deliveryTag } = await first.next();
    channel.reject(deliveryTag, true);
    assert.equal((await second.next()).redelivered, true);
  },
  'comes back when the channel is closed': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b');
    await channel.close();
    const other = await world.channel();
    const first = await fetch(other);
    assert.deepEqual([textOf(first), first.redelivered], ['a', true]);
    assert.deepEqual(await drain(other), ['b']);
  },
  'comes back when the connection is lost': async (world) => {
    const connection = await world.connect();
    const lost = await connection.openChannel();
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await (await Inbox.open(lost, 'q')).take(3);
    const inbox = await Inbox.open(channel, 'q');
    connection.destroy();
    assert.deepEqual(await inbox.takeTexts(3), ['a', 'b', 'c']);
    assert.ok(inbox.received.every(({ redelivered }) => redelivered));
  },
  'comes back when the broker closes the channel': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a');
    channel.ack(9);
    await channel.closed;
    assert.deepEqual(await drain(await world.channel()), ['a']);
  },
});

const dropping = behavioursOf('a message that is refused and not requeued', {
  'is gone, by reject': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b');
    channel.reject(1, false);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), ['b']);
  },
  'is gone with those before it, by nack of several': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.nack(2, { multiple: true, requeue: false });
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), ['c']);
  },
});

const recovering = behavioursOf('recovering', {
  'requeues all that is unacknowledged on the channel': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a', 'b', 'c');
    channel.ack(2);
    await channel.recover(true);
    assert.equal((await fetch(channel)).redelivered, true);
    assert.deepEqual(await drain(channel), ['c']);
  },
  'leaves what other channels have': async (world) => {
    await fetchAll(await world.withQueue(), 'a');
    const other = await world.channel();
    await other.recover(true);
    assert.equal(await other.get('q'), undefined);
  },
  'delivers to the consumers again': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(2);
    await channel.recover(true);
    await inbox.holds('a', 'b', 'a', 'b');
  },
  'without an answer does the same': async (world) => {
    const channel = await world.withQueue();
    await fetchAll(channel, 'a');
    channel.send({ name: 'basic.recover-async', requeue: true });
    assert.equal((await fetch(channel)).redelivered, true);
  },
  'to the same consumer is not known': async (world) => {
    const connection = await world.connect();
    const recovered = (await connection.openChannel()).recover(false);
    await connectionFault(recovered, 540, 'NOT_IMPLEMENTED - requeue=false');
  },
});

export const settling: readonly BrokerBehaviour[] = [...acknowledging, ...requeueing, ...dropping, ...recovering];
