import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour, needing } from './broker-behaviour.ts';
import { channelFault, connectionFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { consumerCount, depth, drain, fill } from './queue-contents.ts';

const one = behavioursOf('a consumer', {
  'gets what is there and what comes, in order': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const inbox = await Inbox.open(channel, 'q');
    await fill(channel, ['c', 'd']);
    assert.deepEqual(await inbox.takeTexts(4), ['a', 'b', 'c', 'd']);
    assert.deepEqual(
      inbox.received.map(({ deliveryTag }) => deliveryTag),
      [1, 2, 3, 4],
    );
    assert.ok(inbox.received.every(({ redelivered }) => !redelivered));
  },
  'has the tag it asked for, in each delivery': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q', { consumerTag: 'mine' });
    assert.equal(inbox.consumerTag, 'mine');
    await fill(channel, ['a']);
    assert.equal((await inbox.next()).consumerTag, 'mine');
  },
  'gets a tag from the broker when it asks for none': async (world) => {
    const channel = await world.withQueue();
    const [first, second] = [await Inbox.open(channel, 'q'), await Inbox.open(channel, 'q')];
    assert.match(first.consumerTag, /^amq\.ctag-[A-Za-z0-9_-]{22}$/);
    assert.notEqual(first.consumerTag, second.consumerTag);
  },
  'may have the tag that another has on another channel': async (world) => {
    const channel = await world.withQueue();
    for (const each of [channel, await world.channel()]) await Inbox.open(each, 'q', { consumerTag: 'mine' });
    assert.equal(await consumerCount(channel), 2);
  },
  'with a tag that is in use on its channel ends the connection': async (world) => {
    const connection = await world.connect();
    const channel = await connection.openChannel();
    await channel.declareQueue('q');
    await Inbox.open(channel, 'q', { consumerTag: 'mine' });
    const text = "NOT_ALLOWED - attempt to reuse consumer tag 'mine'";
    await connectionFault(
      channel.consume('q', () => undefined, { consumerTag: 'mine' }),
      530,
      text,
    );
  },
  'with an argument that nobody knows is fine': needing(['unknownArguments'], async (world) => {
    await Inbox.open(await world.withQueue(), 'q', { arguments: { 'x-nonsense': 1 } });
  }),
  'of a queue that does not exist is refused': async (world) => {
    const text = `NOT_FOUND - no ${world.in("queue 'none'")}`;
    await channelFault(
      (await world.channel()).consume('none', () => undefined),
      404,
      text,
    );
  },
  'without acknowledgements gets messages for good': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const inbox = await Inbox.open(channel, 'q', { noAck: true });
    await inbox.take(2);
    await channel.close();
    assert.equal(await depth(await world.channel()), 0);
  },
  'is not bound to acknowledge what is for good': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    const inbox = await Inbox.open(channel, 'q', { noAck: true });
    channel.ack((await inbox.next()).deliveryTag);
    await channelFault(channel, 406, 'PRECONDITION_FAILED - unknown delivery tag 1');
  },
  'is told what the message went through': async (world) => {
    const channel = await world.withQueue();
    await channel.bindQueue('q', 'amq.topic', '#');
    const inbox = await Inbox.open(channel, 'q');
    channel.publish('amq.topic', 'a.b', 'x');
    const { exchange, routingKey } = await inbox.next();
    assert.deepEqual([exchange, routingKey], ['amq.topic', 'a.b']);
  },
  'takes over when another leaves the message': async (world) => {
    const channel = await world.withQueue();
    const first = await world.channel();
    const left = await Inbox.open(first, 'q');
    await fill(channel, ['a']);
    await left.next();
    const inbox = await Inbox.open(channel, 'q');
    await first.close();
    const delivery = await inbox.next();
    assert.deepEqual([textOf(delivery), delivery.redelivered], ['a', true]);
  },
});

const several = behavioursOf('consumers of one queue', {
  'take turns': async (world) => {
    const channel = await world.withQueue();
    const inboxes = [];
    for (let i = 0; i < 3; i++) inboxes.push(await Inbox.open(channel, 'q'));
    await fill(channel, ['a', 'b', 'c', 'd', 'e', 'f']);
    const texts = await Promise.all(inboxes.map(async (inbox) => inbox.takeTexts(2)));
    assert.deepEqual(texts, [
      ['a', 'd'],
      ['b', 'e'],
      ['c', 'f'],
    ]);
  },
  'are counted': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q');
    await Inbox.open(await world.channel(), 'q');
    assert.equal(await consumerCount(channel), 2);
    await inbox.cancel();
    assert.equal(await consumerCount(channel), 1);
  },
  'leave out one that has enough': async (world) => {
    const channel = await world.withQueue();
    const busy = await world.channel();
    await busy.qos(1);
    const first = await Inbox.open(busy, 'q');
    const second = await Inbox.open(channel, 'q');
    await fill(channel, ['a', 'b', 'c', 'd']);
    const texts = [await first.takeTexts(1), await second.takeTexts(3)];
    assert.deepEqual(texts.flat().toSorted(), ['a', 'b', 'c', 'd']);
  },
});

const exclusive = behavioursOf('an exclusive consumer', {
  'lets nobody else consume': async (world) => {
    const channel = await world.withQueue();
    await Inbox.open(channel, 'q', { exclusive: true });
    const text = `ACCESS_REFUSED - ${world.in("queue 'q'")} in exclusive use`;
    await channelFault(
      (await world.channel()).consume('q', () => undefined),
      403,
      text,
    );
    await channelFault(
      (await world.channel()).consume('q', () => undefined, { exclusive: true }),
      403,
      text,
    );
  },
  'is refused where somebody consumes': async (world) => {
    const channel = await world.withQueue();
    await Inbox.open(channel, 'q');
    const text = `ACCESS_REFUSED - ${world.in("queue 'q'")} in exclusive use`;
    await channelFault(
      (await world.channel()).consume('q', () => undefined, { exclusive: true }),
      403,
      text,
    );
  },
  'leaves the queue to others when it goes': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q', { exclusive: true });
    await inbox.cancel();
    await Inbox.open(await world.channel(), 'q', { exclusive: true });
  },
  'does not keep others from fetching': async (world) => {
    const channel = await world.withQueue();
    await channel.qos(1);
    const inbox = await Inbox.open(channel, 'q', { exclusive: true });
    await fill(channel, ['a', 'b']);
    await inbox.next();
    assert.deepEqual(await drain(await world.channel()), ['b']);
  },
});

const cancelled = behavioursOf('a cancelled consumer', {
  'gets nothing more': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(channel, 'q');
    await inbox.cancel();
    await fill(channel, ['a']);
    assert.deepEqual(await drain(channel), ['a']);
    assert.deepEqual(inbox.texts, []);
  },
  'may still acknowledge what it has': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const inbox = await Inbox.open(channel, 'q');
    const [first, second] = await inbox.take(2);
    await inbox.cancel();
    channel.ack(first?.deliveryTag ?? 0);
    channel.nack(second?.deliveryTag ?? 0);
    assert.deepEqual(await drain(channel), ['b']);
  },
  'keeps what it has from others until the channel closes': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    const inbox = await Inbox.open(channel, 'q');
    await inbox.next();
    await inbox.cancel();
    const other = await world.channel();
    assert.equal(await other.get('q'), undefined);
    const successor = await Inbox.open(other, 'q');
    await channel.close();
    assert.equal((await successor.next()).redelivered, true);
  },
  'that never was is cancelled all the same': async (world) => {
    const channel = await world.channel();
    await channel.cancel('nobody');
    assert.ok(channel.isOpen);
  },
  'leaves its tag to others': async (world) => {
    const channel = await world.withQueue();
    for (let i = 0; i < 2; i++) {
      const inbox = await Inbox.open(channel, 'q', { consumerTag: 'mine' });
      await inbox.cancel();
    }
  },
});

export const consuming: readonly BrokerBehaviour[] = [...one, ...several, ...exclusive, ...cancelled];
