import assert from 'node:assert/strict';
import { ChannelsExhaustedError } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault, connectionFault, faultOf } from './faults.ts';
import { Inbox } from './inbox.ts';
import { depth, drain, fill } from './queue-contents.ts';

const faults = behavioursOf('a channel that the broker closed', {
  'leaves the other channels of its connection': async (world) => {
    const [channel, other] = [await world.channel(), await world.withQueue()];
    await channelFault(
      channel.declareQueue('none', { passive: true }),
      404,
      `NOT_FOUND - no ${world.in("queue 'none'")}`,
    );
    await fill(other, ['a']);
    assert.deepEqual(await drain(other), ['a']);
  },
  'leaves its number to the next': async (world) => {
    const connection = await world.connect();
    for (let i = 0; i < 3; i++) {
      const channel = await connection.openChannel();
      assert.equal(channel.id, 1);
      await faultOf(channel.declareQueue('none', { passive: true }));
    }
  },
  'names the method that failed': async (world) => {
    const channel = await world.channel();
    assert.equal((await faultOf(channel.bindQueue('none', 'amq.direct', 'k'))).method, 'queue.bind');
    const other = await world.channel();
    other.publish('none', '', 'x');
    assert.equal((await faultOf(other)).method, 'basic.publish');
    const third = await world.channel();
    third.nack(7);
    assert.equal((await faultOf(third)).method, 'basic.nack');
  },
  'takes its consumers along': async (world) => {
    const channel = await world.withQueue();
    const doomed = await world.channel();
    await Inbox.open(doomed, 'q');
    await faultOf(doomed.declareQueue('none', { passive: true }));
    await Inbox.open(channel, 'q', { exclusive: true });
  },
  'does nothing of what was sent behind the fault': async (world) => {
    const channel = await world.withQueue();
    const doomed = await world.channel();
    doomed.publish('none', '', 'x');
    doomed.publish('', 'q', 'behind');
    await faultOf(doomed);
    assert.equal(await depth(channel), 0);
  },
  'had done what was sent before the fault': async (world) => {
    const channel = await world.withQueue();
    const doomed = await world.channel();
    const inbox = await Inbox.open(channel, 'q');
    doomed.publish('', 'q', 'before');
    doomed.publish('none', '', 'x');
    await faultOf(doomed);
    await inbox.holds('before');
  },
});

const closing = behavioursOf('a channel that is closed', {
  'leaves its queues and exchanges': async (world) => {
    const channel = await world.withQueue();
    await channel.close();
    assert.equal(await depth(await world.channel()), 0);
  },
  'had published what was sent before': async (world) => {
    const channel = await world.withQueue();
    const inbox = await Inbox.open(await world.channel(), 'q');
    channel.publish('', 'q', 'a');
    await channel.close();
    await inbox.holds('a');
  },
  'begins anew: with delivery tags from 1 and without confirms': async (world) => {
    const connection = await world.connect();
    const first = await connection.openChannel();
    await first.confirmSelect();
    await first.declareQueue('q');
    await fill(first, ['a', 'b']);
    await first.get('q', { noAck: true });
    await first.close();
    const second = await connection.openChannel();
    assert.equal(second.id, first.id);
    assert.equal((await second.get('q'))?.deliveryTag, 1);
    await second.request({ name: 'tx.select' }, 'tx.select-ok');
  },
});

const flow = behavioursOf('a channel', {
  'is asked to flow in vain: it flows already': async (world) => {
    const { active } = await (await world.channel()).request({ name: 'channel.flow', active: true }, 'channel.flow-ok');
    assert.equal(active, true);
  },
  'cannot be asked to pause': async (world) => {
    const connection = await world.connect();
    const paused = (await connection.openChannel()).request({ name: 'channel.flow', active: false }, 'channel.flow-ok');
    await connectionFault(paused, 540, 'NOT_IMPLEMENTED - active=false');
  },
  'is one of as many as were agreed': async (world) => {
    const connection = await world.connect({ channelMax: 2 });
    assert.equal(connection.channelMax, 2);
    await connection.openChannel();
    await connection.openChannel();
    await assert.rejects(connection.openChannel(), ChannelsExhaustedError);
  },
});

export const channels: readonly BrokerBehaviour[] = [...faults, ...closing, ...flow];
