import assert from 'node:assert/strict';
import type { AmqpChannel, MessageProperties } from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { publishFault } from './faults.ts';
import { Inbox, textOf } from './inbox.ts';
import { arrivals, depth, fetch, fill, queueExists, queueGone } from './queue-contents.ts';

/** A queue `q` from which what is dropped goes to the queue `dead`. */
async function withDeadQueue(world: BrokerWorld, args: FieldTable = {}): Promise<AmqpChannel> {
  const channel = await world.confirming();
  await channel.declareQueue('dead');
  const deadLettering = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
  await channel.declareQueue('q', { arguments: { ...deadLettering, ...args } });
  return channel;
}

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
    await fill(channel, ['first']);
    const { deliveryTag } = await fetch(channel);
    await fill(channel, ['second']);
    assert.deepEqual(await deadTexts(channel, 1), ['second']);
    channel.ack(deliveryTag);
    assert.equal(await depth(channel, 'dead'), 0);
  },
  'that is requeued keeps its time': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 30 });
    await fill(channel, ['first']);
    const { deliveryTag } = await fetch(channel);
    await fill(channel, ['second']);
    await deadTexts(channel, 1);
    channel.nack(deliveryTag);
    assert.deepEqual(await deadTexts(channel, 1), ['first']);
  },
  'that expired with nowhere to go is gone': async (world) => {
    const channel = await world.withQueue({ 'x-message-ttl': 1 });
    await fill(channel, ['a']);
    while ((await depth(channel)) > 0) continue;
    assert.equal(await channel.get('q'), undefined);
  },
  'loses its expiration when it is dead-lettered for it, so that it does not expire again': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a'], { expiration: '20' });
    const [dead] = await arrivals(channel, 'dead');
    assert.equal(dead?.properties.expiration, undefined);
    // The header keeps what it was.
    const [death] = (dead?.properties.headers?.['x-death'] ?? []) as FieldTable[];
    assert.equal(death?.['original-expiration'], '20');
  },
  ...eachOf(
    [
      ['abc', '\'expiration\' property invalid: "abc": not an integer'],
      ['-1', ''],
      ['1.5', ''],
      ['', ''],
      ['10s', ''],
    ],
    ([expiration]) => `whose expiration is '${expiration}' is refused`,
    async (world, [expiration = '', said]) => {
      const properties: MessageProperties = { expiration };
      await publishFault(await world.withQueue(), properties, 406, `PRECONDITION_FAILED - ${said}`);
    },
  ),
});

const queues = behavioursOf('a queue that expires', {
  'goes when nobody used it for so long': async (world) => {
    await queueGone(await world.withQueue({ 'x-expires': 30 }));
    assert.ok(!(await queueExists(world)));
  },
  'stays while it has a consumer, and goes after': async (world) => {
    const channel = await world.withQueue({ 'x-expires': 30 });
    const inbox = await Inbox.open(channel, 'q');
    // The other one is declared later and gone: so the time of this one is over.
    await channel.declareQueue('other', { arguments: { 'x-expires': 60 } });
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
