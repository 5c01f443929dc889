import assert from 'node:assert/strict';
import type { AmqpChannel, MessageProperties } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import { withDeadQueue } from './dead-letters.ts';
import { publishFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { arrivals, depth, fill, queueExists, queueGone } from './queue-contents.ts';

async function deadTexts(channel: AmqpChannel, count: number): Promise<string[]> {
  return (await arrivals(channel, 'dead', count)).map(textOf);
}

const messages = behavioursOf('a message', {
  'expires by the time of its queue': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 30 });
    await fill(channel, ['a', 'b']);
    assert.deepEqual(await deadTexts(channel, 2), ['a', 'b']);
    assert.equal(await depth(channel), 0);
  },
  'expires by its own time': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a'], { expiration: '30' });
    assert.deepEqual(await deadTexts(channel, 1), ['a']);
  },
  'expires by the shorter of the two: its own': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 600_000 });
    await fill(channel, ['a'], { expiration: '30' });
    assert.deepEqual(await deadTexts(channel, 1), ['a']);
  },
  'expires by the shorter of the two: that of the queue': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 30 });
    await fill(channel, ['a'], { expiration: '600000' });
    assert.deepEqual(await deadTexts(channel, 1), ['a']);
  },
  'without time is dropped when nobody waits for it': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 0 });
    await fill(channel, ['a']);
    assert.deepEqual(await deadTexts(channel, 1), ['a']);
  },
  'without time reaches a consumer that waits': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 0 });
    const inbox = await Inbox.open(channel, 'q');
    await fill(channel, ['a']);
    await inbox.holds('a');
    assert.equal(await depth(channel, 'dead'), 0);
  },
  'without time of its own is dropped when nobody waits for it': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a'], { expiration: '0' });
    assert.deepEqual(await deadTexts(channel, 1), ['a']);
  },
  'without time of its own reaches a consumer that waits': async (world) => {
    const channel = await withDeadQueue(world);
    const inbox = await Inbox.open(channel, 'q');
    await fill(channel, ['a'], { expiration: '0' });
    await inbox.holds('a');
  },
  'behind another that lives longer is dropped when it gets to the head': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['long'], { expiration: '200' });
    await fill(channel, ['short'], { expiration: '1' });
    assert.deepEqual(await deadTexts(channel, 2), ['long', 'short']);
  },
  'that was delivered does not expire': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 20 });
    await channel.qos(1);
    const inbox = await Inbox.open(channel, 'q');
    await fill(channel, ['first', 'second']);
    const { deliveryTag } = await inbox.next();
    assert.deepEqual(await deadTexts(channel, 1), ['second']);
    channel.ack(deliveryTag);
    await inbox.holds('first');
    assert.equal(await depth(channel, 'dead'), 0);
  },
  'that is requeued keeps its time': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 20 });
    await channel.qos(1);
    const inbox = await Inbox.open(channel, 'q');
    await fill(channel, ['first', 'second']);
    const { deliveryTag } = await inbox.next();
    await deadTexts(channel, 1);
    await inbox.cancel();
    channel.nack(deliveryTag);
    assert.deepEqual(await deadTexts(channel, 1), ['first']);
  },
  'that expired with nowhere to go is gone': async (world) => {
    const channel = await world.withQueue({ 'x-message-ttl': 1 });
    await fill(channel, ['a']);
    while ((await depth(channel)) > 0) continue;
    assert.equal(await channel.get('q'), undefined);
  },
  ...eachOf(
    [
      ['abc', 'no_integer'],
      ['-1', '{value_negative,-1}'],
      ['1.5', '{leftover_string,".5"}'],
      ['', 'no_integer'],
      ['10s', '{leftover_string,"s"}'],
      ['315360000001', '{value_too_large,315360000001}'],
    ],
    ([expiration]) => `whose expiration is '${expiration}' is refused`,
    async (world, [expiration = '', said]) => {
      const properties: MessageProperties = { expiration };
      await publishFault(
        await world.withQueue(),
        properties,
        406,
        `PRECONDITION_FAILED - invalid expiration '${expiration}': ${said}`,
      );
    },
  ),
});

const queues = behavioursOf('a queue that expires', {
  'goes when nobody used it for so long': async (world) => {
    await queueGone(await world.withQueue({ 'x-expires': 30 }));
    assert.ok(!(await queueExists(world)));
  },
  'stays while it has a consumer, and goes after': async (world) => {
    const channel = await world.withQueue({ 'x-expires': 1500 });
    const inbox = await Inbox.open(channel, 'q');
    // The other one is declared later and gone: so the time of this one is over.
    await channel.declareQueue('other', { arguments: { 'x-expires': 2000 } });
    await queueGone(channel, 'other');
    assert.ok(await queueExists(world));
    await inbox.cancel();
    await queueGone(channel);
  },
  'does not dead-letter what was in it': async (world) => {
    const channel = await withDeadQueue(world, { 'x-expires': 30 });
    await fill(channel, ['a']);
    await queueGone(channel);
    assert.equal(await depth(channel, 'dead'), 0);
  },
});

export const expiry: readonly BrokerBehaviour[] = [...messages, ...queues];
