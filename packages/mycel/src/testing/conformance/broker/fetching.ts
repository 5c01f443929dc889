import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { textOf } from './inbox.ts';
import { drain, fetch, fill } from './queue-contents.ts';

export const fetching: readonly BrokerBehaviour[] = behavioursOf('fetching', {
  'gives the first message and says how many are left': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    const { messageCount } = await channel.request({ name: 'basic.get', queue: 'q', noAck: true }, 'basic.get-ok');
    assert.equal(messageCount, 2);
    assert.deepEqual(await drain(channel), ['b', 'c']);
  },
  'from an empty queue gives nothing': async (world) => {
    const channel = await world.withQueue();
    assert.equal(await channel.get('q'), undefined);
  },
  'numbers deliveries together with those of consumers': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b']);
    const tags = [(await fetch(channel)).deliveryTag, (await fetch(channel, 'q', true)).deliveryTag];
    await fill(channel, ['c']);
    assert.deepEqual([...tags, (await fetch(channel)).deliveryTag], [1, 2, 3]);
  },
  'hides a message from others until it is settled': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    await fetch(channel);
    const other = await world.channel();
    assert.equal(await other.get('q'), undefined);
  },
  'without acknowledgement takes it out': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a']);
    assert.equal(textOf(await fetch(channel, 'q', true)), 'a');
    await channel.close();
    assert.deepEqual(await drain(await world.channel()), []);
  },
  'from a queue that does not exist is refused': async (world) => {
    await channelFault((await world.channel()).get('none'), 404, `NOT_FOUND - no ${world.in("queue 'none'")}`);
  },
});
