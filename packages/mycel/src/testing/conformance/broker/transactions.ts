import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { channelFault } from './faults.ts';
import { depth, drain, fetch, fill } from './queue-contents.ts';

/** Opens a channel with transactions beside the queue `q`, in which these messages are. */
async function transacted(world: BrokerWorld, ...texts: string[]): Promise<AmqpChannel> {
  await fill(await world.withQueue(), texts);
  const channel = await world.channel();
  await channel.request({ name: 'tx.select' }, 'tx.select-ok');
  return channel;
}

async function commit(channel: AmqpChannel): Promise<void> {
  await channel.request({ name: 'tx.commit' }, 'tx.commit-ok');
}

async function rollback(channel: AmqpChannel): Promise<void> {
  await channel.request({ name: 'tx.rollback' }, 'tx.rollback-ok');
}

export const transactions: readonly BrokerBehaviour[] = behavioursOf('a transaction', {
  'publishes when it is committed, not before': async (world) => {
    const channel = await transacted(world);
    for (const text of ['a', 'b']) channel.publish('', 'q', text);
    assert.equal(await depth(channel), 0);
    await commit(channel);
    assert.deepEqual(await drain(channel), ['a', 'b']);
  },
  'publishes nothing when it is rolled back': async (world) => {
    const channel = await transacted(world);
    channel.publish('', 'q', 'a');
    await rollback(channel);
    channel.publish('', 'q', 'b');
    await commit(channel);
    assert.deepEqual(await drain(channel), ['b']);
  },
  'publishes nothing when the channel is closed': async (world) => {
    const channel = await transacted(world);
    channel.publish('', 'q', 'a');
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), []);
  },
  'is followed by the next': async (world) => {
    const channel = await transacted(world);
    for (const text of ['a', 'b']) {
      channel.publish('', 'q', text);
      await commit(channel);
    }
    assert.deepEqual(await drain(channel), ['a', 'b']);
  },
  'acknowledges when it is committed': async (world) => {
    const channel = await transacted(world, 'a', 'b');
    channel.ack((await fetch(channel)).deliveryTag);
    await commit(channel);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), ['b']);
  },
  'does not acknowledge when the channel is closed before': async (world) => {
    const channel = await transacted(world, 'a');
    channel.ack((await fetch(channel)).deliveryTag);
    await channel.close();
    assert.equal((await fetch(await world.channel())).redelivered, true);
  },
  'that is rolled back leaves deliveries to be acknowledged again': async (world) => {
    const channel = await transacted(world, 'a');
    const { deliveryTag } = await fetch(channel);
    channel.ack(deliveryTag);
    await rollback(channel);
    channel.ack(deliveryTag);
    await commit(channel);
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), []);
  },
  'requeues what is refused when it is committed': async (world) => {
    const channel = await transacted(world, 'a');
    channel.reject((await fetch(channel)).deliveryTag, true);
    assert.equal(await channel.get('q'), undefined);
    await commit(channel);
    assert.equal((await fetch(channel)).redelivered, true);
  },
  'sends a mandatory message back when it is committed': async (world) => {
    const channel = await transacted(world);
    const returned: string[] = [];
    channel.onReturn = ({ replyText }) => returned.push(replyText);
    channel.publish('', 'none', 'x', {}, { mandatory: true });
    await channel.qos(0);
    assert.deepEqual(returned, []);
    await commit(channel);
    assert.deepEqual(returned, ['NO_ROUTE']);
  },
  'is refused at once for an exchange that does not exist': async (world) => {
    const channel = await transacted(world);
    channel.publish('none', '', 'x');
    await channelFault(channel, 404, `NOT_FOUND - no ${world.in("exchange 'none'")}`);
  },
  'is refused at once for a tag that is unknown': async (world) => {
    const channel = await transacted(world);
    channel.ack(1);
    await channelFault(channel, 406, 'PRECONDITION_FAILED - unknown delivery tag 1');
  },
  'may be asked for twice': async (world) => {
    const channel = await transacted(world);
    await channel.request({ name: 'tx.select' }, 'tx.select-ok');
  },
  'may be empty': async (world) => {
    const channel = await transacted(world);
    await commit(channel);
    await rollback(channel);
  },
  'cannot be committed on a channel that has none': async (world) => {
    await channelFault(commit(await world.channel()), 406, 'PRECONDITION_FAILED - channel is not transactional');
  },
  'cannot be rolled back on a channel that has none': async (world) => {
    await channelFault(rollback(await world.channel()), 406, 'PRECONDITION_FAILED - channel is not transactional');
  },
  'cannot be on a channel that confirms': async (world) => {
    const channel = await transacted(world);
    const text = 'PRECONDITION_FAILED - cannot switch from tx to confirm mode';
    await channelFault(channel.confirmSelect(), 406, text);
  },
});
