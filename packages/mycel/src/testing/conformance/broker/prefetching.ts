import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { connectionFault } from './faults.ts';
import { Inbox } from './inbox.ts';
import { depth, drain, fetch, fill } from './queue-contents.ts';

const perConsumer = behavioursOf('a prefetch', {
  'is the most that a consumer has unacknowledged': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c', 'd', 'e']);
    await channel.qos(2);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.holds('a', 'b');
    assert.equal(await depth(channel), 3);
  },
  'is filled up by each acknowledgement': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c', 'd']);
    await channel.qos(2);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(2);
    channel.ack(2);
    await inbox.holds('a', 'b', 'c');
  },
  'is filled up by an acknowledgement of several': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c', 'd', 'e']);
    await channel.qos(2);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(2);
    channel.ack(2, true);
    await inbox.holds('a', 'b', 'c', 'd');
  },
  'is filled up by what is dropped': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await channel.qos(1);
    const inbox = await Inbox.open(channel, 'q');
    channel.reject((await inbox.next()).deliveryTag, false);
    await inbox.holds('a', 'b');
  },
  'is given out again for what is requeued': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    await channel.qos(1);
    const inbox = await Inbox.open(channel, 'q');
    channel.reject((await inbox.next()).deliveryTag, true);
    assert.equal((await inbox.next()).redelivered, true);
    await inbox.holds('a', 'a');
  },
  'of nothing is no limit': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await channel.qos(1);
    await channel.qos(0);
    await (await Inbox.open(channel, 'q')).holds('a', 'b', 'c');
  },
  'is that of the time when the consumer started': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    const first = await Inbox.open(channel, 'q');
    await channel.qos(3);
    await channel.declareQueue('other');
    const second = await Inbox.open(channel, 'other');
    await fill(channel, ['a', 'b', 'c', 'd']);
    await fill(channel, ['a', 'b', 'c', 'd'], {}, 'other');
    await first.holds('a');
    await second.holds('a', 'b', 'c');
  },
  'is each consumer’s own': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    await fill(channel, ['a', 'b', 'c']);
    await first.holds('a');
    await second.holds('b');
  },
  'is no limit to those who acknowledge nothing': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    await fill(channel, ['a', 'b', 'c']);
    await (await Inbox.open(channel, 'q', { noAck: true })).holds('a', 'b', 'c');
  },
  'is no limit to fetching': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    await fill(channel, ['a', 'b']);
    await fetch(channel);
    await fetch(channel);
  },
  'in bytes is not known': async (world) => {
    const connection = await world.connect();
    const set = (await connection.openChannel()).qos(0, { prefetchSize: 10 });
    await connectionFault(set, 540, 'NOT_IMPLEMENTED - prefetch_size!=0 (10)');
  },
});

const perChannel = behavioursOf('a prefetch of the channel', {
  'is shared by its consumers': async (world) => {
    const channel = await world.withQueue();
    await channel.declareQueue('other');
    await channel.qos(3, { global: true });
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'other')];
    await fill(channel, ['a', 'b']);
    await first.holds('a', 'b');
    await fill(channel, ['c', 'd'], {}, 'other');
    await second.holds('c');
    channel.ack(1);
    await second.holds('c', 'd');
  },
  'holds for consumers that run': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q');
    await channel.qos(1, { global: true });
    await fill(channel, ['a', 'b']);
    await inbox.holds('a');
  },
  'does not count what was fetched': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await channel.qos(1, { global: true });
    await fetch(channel);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.holds('b');
  },
  'may be raised': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await channel.qos(1, { global: true });
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(1);
    await channel.qos(2, { global: true });
    await inbox.holds('a', 'b');
  },
  'may be lifted': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    await channel.qos(1, { global: true });
    const inbox = await Inbox.open(channel, 'q');
    await inbox.take(1);
    await channel.qos(0, { global: true });
    await inbox.holds('a', 'b', 'c');
  },
  'holds beside that of a consumer': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(2);
    await channel.qos(3, { global: true });
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    await fill(channel, ['a', 'b', 'c', 'd', 'e']);
    await Promise.all([first.quiet(), second.quiet()]);
    assert.equal(first.received.length + second.received.length, 3);
    assert.deepEqual(await drain(await world.channel()), ['d', 'e']);
  },
});

export const prefetching: readonly BrokerBehaviour[] = [...perConsumer, ...perChannel];
