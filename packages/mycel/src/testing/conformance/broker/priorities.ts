import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { withDeadQueue } from './dead-letters.ts';
import { Inbox, textOf } from './inbox.ts';
import { arrivals, depth, drain, fetch, fill, queueGone } from './queue-contents.ts';

/** Publishes messages named after their priorities. */
async function fillByPriority(channel: AmqpChannel, ...priorities: number[]): Promise<void> {
  for (const priority of priorities) await fill(channel, [String(priority)], { priority });
}

export const priorities: readonly BrokerBehaviour[] = behavioursOf('a queue with priorities', {
  'delivers the highest first': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 10 });
    await fillByPriority(channel, 1, 5, 3, 10);
    assert.deepEqual(await drain(channel), ['10', '5', '3', '1']);
  },
  'delivers the highest first to a consumer': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 10 });
    await fillByPriority(channel, 1, 5, 3);
    const inbox = await Inbox.open(channel, 'q', { noAck: true });
    assert.deepEqual(await inbox.takeTexts(3), ['5', '3', '1']);
  },
  'keeps the order among equals': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 2 });
    await fill(channel, ['a', 'b'], { priority: 1 });
    await fill(channel, ['c', 'd'], { priority: 2 });
    await fill(channel, ['e'], { priority: 1 });
    assert.deepEqual(await drain(channel), ['c', 'd', 'a', 'b', 'e']);
  },
  'takes a message without one for the lowest': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 2 });
    await fill(channel, ['none']);
    await fillByPriority(channel, 1, 0);
    assert.deepEqual(await drain(channel), ['1', 'none', '0']);
  },
  'takes a higher one for its highest': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 2 });
    await fillByPriority(channel, 2, 200, 1);
    assert.deepEqual(await drain(channel), ['2', '200', '1']);
    await fillByPriority(channel, 200);
    assert.equal((await fetch(channel)).properties.priority, 200);
  },
  'puts what is requeued among its equals': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 2 });
    await fill(channel, ['a', 'b'], { priority: 1 });
    const { deliveryTag } = await fetch(channel);
    await fill(channel, ['c'], { priority: 2 });
    channel.nack(deliveryTag);
    assert.deepEqual(await drain(channel), ['c', 'a', 'b']);
  },
  'drops from its head when it is full, which is the highest': async (world) => {
    const channel = await world.withQueue({ 'x-max-priority': 2, 'x-max-length': 2 });
    await fillByPriority(channel, 2, 0, 1);
    assert.deepEqual(await drain(channel), ['1', '0']);
  },
  'lets a low message expire only when no higher one is before it': async (world) => {
    const channel = await withDeadQueue(world, { 'x-max-priority': 2 });
    await fillByPriority(channel, 2);
    await fill(channel, ['low'], { priority: 1, expiration: '10' });
    await channel.declareQueue('other', { arguments: { 'x-expires': 50 } });
    await queueGone(channel, 'other');
    assert.equal(await depth(channel), 2);
    await fetch(channel);
    assert.deepEqual((await arrivals(channel, 'dead')).map(textOf), ['low']);
  },
  'is what it was declared as: others have none': async (world) => {
    const channel = await world.withQueue();
    await fillByPriority(channel, 1, 5, 3);
    assert.deepEqual(await drain(channel), ['1', '5', '3']);
  },
});
