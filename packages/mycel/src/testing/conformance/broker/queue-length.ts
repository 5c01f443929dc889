import assert from 'node:assert/strict';
import { NackedError, type AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { deathsOf } from './dead-letters.ts';
import { textOf } from './inbox.ts';
import { arrivals, depth, drain, fetch, fill, send } from './queue-contents.ts';

const toDead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' } as const;
const rejecting = { 'x-overflow': 'reject-publish' } as const;

/** Publishes and tells whether the broker took it. */
async function isTaken(channel: AmqpChannel, text: string): Promise<boolean> {
  return channel.publishConfirmed('', 'q', text).then(
    () => true,
    (error: unknown) => {
      assert.ok(error instanceof NackedError);
      return false;
    },
  );
}

const droppingHead = behavioursOf('a queue with a greatest length', {
  'drops the oldest': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 2 });
    await fill(channel, ['a', 'b', 'c', 'd']);
    assert.deepEqual(await drain(channel), ['c', 'd']);
  },
  'of nothing keeps nothing': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 0 });
    await fill(channel, ['a']);
    assert.equal(await depth(channel), 0);
  },
  'dead-letters what it drops': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1, ...toDead });
    await channel.declareQueue('dead');
    await fill(channel, ['a', 'b', 'c']);
    assert.deepEqual((await arrivals(channel, 'dead', 2)).map(textOf), ['a', 'b']);
    assert.deepEqual(await drain(channel), ['c']);
  },
  'does not count what is unacknowledged': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1 });
    await fill(channel, ['a']);
    await fetch(channel);
    await fill(channel, ['b']);
    assert.deepEqual(await drain(channel), ['b']);
  },
  'drops what is requeued too much, as the oldest': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1 });
    await fill(channel, ['a']);
    const { deliveryTag } = await fetch(channel);
    await fill(channel, ['b']);
    channel.nack(deliveryTag);
    assert.deepEqual(await drain(channel), ['b']);
  },
  'in bytes counts bodies': async (world) => {
    const channel = await world.withQueue({ 'x-max-length-bytes': 10 });
    await fill(channel, ['12345', '67890']);
    assert.equal(await depth(channel), 2);
    await fill(channel, ['x']);
    assert.deepEqual(await drain(channel), ['67890', 'x']);
  },
  'in bytes does not count properties': async (world) => {
    const channel = await world.withQueue({ 'x-max-length-bytes': 2 });
    await fill(channel, ['a', 'b'], { headers: { long: 'x'.repeat(1000) } });
    assert.deepEqual(await drain(channel), ['a', 'b']);
  },
  'in bytes drops what is larger than all': async (world) => {
    const channel = await world.withQueue({ 'x-max-length-bytes': 3 });
    await fill(channel, ['a', '12345']);
    assert.deepEqual(await drain(channel), []);
  },
  'and one in bytes keeps both': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 3, 'x-max-length-bytes': 4 });
    await fill(channel, ['a', 'b', 'c', 'd', '123']);
    assert.deepEqual(await drain(channel), ['d', '123']);
  },
});

const rejectingPublish = behavioursOf('a full queue that rejects', {
  'leaves the message to its publisher': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1, ...rejecting });
    assert.deepEqual([await isTaken(channel, 'a'), await isTaken(channel, 'b')], [true, false]);
    assert.deepEqual(await drain(channel), ['a']);
  },
  'takes messages again once there is room': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1, ...rejecting });
    await isTaken(channel, 'a');
    await isTaken(channel, 'b');
    await drain(channel);
    assert.ok(await isTaken(channel, 'c'));
  },
  'counts the bytes it would have with it': async (world) => {
    const channel = await world.withQueue({ 'x-max-length-bytes': 4, ...rejecting });
    const taken = [await isTaken(channel, '123'), await isTaken(channel, '45'), await isTaken(channel, '6')];
    assert.deepEqual(taken, [true, false, true]);
  },
  'drops it unseen without confirms': async (world) => {
    await world.withQueue({ 'x-max-length': 1, ...rejecting });
    const channel = await world.channel();
    channel.publish('', 'q', 'a');
    channel.publish('', 'q', 'b');
    assert.deepEqual(await drain(channel), ['a']);
  },
  'has it refused as a whole though another queue took it': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 0, ...rejecting });
    await channel.declareQueue('other');
    for (const queue of ['q', 'other']) await channel.bindQueue(queue, 'amq.fanout', '');
    await assert.rejects(send(channel, 'amq.fanout', 'k'), NackedError);
    assert.deepEqual(await drain(channel, 'other'), ['k']);
  },
  'does not dead-letter it': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1, ...rejecting, ...toDead });
    await channel.declareQueue('dead');
    await isTaken(channel, 'a');
    await isTaken(channel, 'b');
    assert.equal(await depth(channel, 'dead'), 0);
  },
  'dead-letters it when told to': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx', ...toDead });
    await channel.declareQueue('dead');
    assert.deepEqual([await isTaken(channel, 'a'), await isTaken(channel, 'b')], [true, false]);
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    assert.deepEqual([textOf(dead), deathsOf(dead)[0]?.reason], ['b', 'maxlen']);
  },
});

export const queueLength: readonly BrokerBehaviour[] = [...droppingHead, ...rejectingPublish];
