import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { drain, exchangeExists, queueExists, send } from './queue-contents.ts';

const directReplyTo = 'amq.rabbitmq.reply-to';

const ordinary = behavioursOf('a name', {
  ...eachOf(
    ['grün', 'a b', 'amq', 'AMQ.x', 'x'.repeat(255), '"quoted"', 'tab\there'],
    (name) => `may be ${name.length > 20 ? `${name.length} bytes long` : JSON.stringify(name)}`,
    async (world, name) => {
      const channel = await world.confirming();
      await channel.declareExchange(name, 'direct');
      assert.equal((await channel.declareQueue(name)).queue, name);
      await channel.bindQueue(name, name, name);
      assert.ok(!(await send(channel, name, name)).returned);
      assert.deepEqual(await drain(channel, name), [name]);
    },
  ),
  'loses its line breaks': async (world) => {
    const channel = await world.channel();
    assert.equal((await channel.declareQueue('a\r\nb')).queue, 'ab');
    await channel.declareExchange('x\ny', 'direct');
    assert.ok(await exchangeExists(world, 'xy'));
    assert.ok(await queueExists(world, 'ab'));
  },
  'is the broker’s own for a queue without one, which may be used and deleted like any other': async (world) => {
    const channel = await world.confirming();
    const { queue } = await channel.declareQueue('');
    await channel.bindQueue(queue, 'amq.fanout', '');
    await send(channel, 'amq.fanout', 'k');
    assert.deepEqual(await channel.deleteQueue(queue), { messageCount: 1 });
  },
});

const pseudo = behavioursOf('the name of direct reply-to', {
  'can be declared, which does nothing': async (world) => {
    const channel = await world.channel();
    const found = await channel.declareQueue(directReplyTo, { passive: true });
    assert.deepEqual(found, { queue: directReplyTo, messageCount: 0, consumerCount: 1 });
  },
  'cannot be bound': async (world) => {
    const bound = (await world.channel()).bindQueue(directReplyTo, 'amq.direct', 'k');
    await channelFault(bound, 404, `NOT_FOUND - no ${world.in(`queue '${directReplyTo}'`)}`);
  },
  'cannot be fetched from': async (world) => {
    const fetched = (await world.channel()).get(directReplyTo);
    await channelFault(fetched, 404, `NOT_FOUND - no ${world.in(`queue '${directReplyTo}'`)}`);
  },
  'cannot be purged': async (world) => {
    const purged = (await world.channel()).purgeQueue(directReplyTo);
    await channelFault(purged, 404, `NOT_FOUND - no ${world.in(`queue '${directReplyTo}'`)}`);
  },
  'alone takes no messages': async (world) => {
    assert.ok((await send(await world.confirming(), '', directReplyTo)).returned);
  },
});

export const names: readonly BrokerBehaviour[] = [...ordinary, ...pseudo];
