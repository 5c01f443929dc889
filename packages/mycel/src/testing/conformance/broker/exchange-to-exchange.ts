import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { drain, fetch, send } from './queue-contents.ts';

const bound = behavioursOf('an exchange bound to another', {
  'gets what the key matches, and routes by the same key': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindExchange('x', 'amq.topic', 'a.*');
    await channel.bindQueue('q', 'x', 'a.b');
    assert.ok(!(await send(channel, 'amq.topic', 'a.b')).returned);
    assert.ok((await send(channel, 'amq.topic', 'a.c')).returned);
    const { exchange, routingKey } = await fetch(channel);
    assert.deepEqual({ exchange, routingKey }, { exchange: 'amq.topic', routingKey: 'a.b' });
  },
  'gets nothing when it is unbound': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'fanout');
    await channel.bindExchange('x', 'amq.fanout', '');
    await channel.bindQueue('q', 'x', '');
    await channel.unbindExchange('x', 'amq.fanout', '');
    assert.ok((await send(channel, 'amq.fanout', '')).returned);
  },
  'gives a queue one message over two ways': async (world) => {
    const channel = await world.withQueue();
    for (const name of ['left', 'right']) {
      await channel.declareExchange(name, 'fanout');
      await channel.bindExchange(name, 'amq.fanout', '');
      await channel.bindQueue('q', name, '');
    }
    await send(channel, 'amq.fanout', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
  'may stand in a circle': async (world) => {
    const channel = await world.withQueue();
    for (const name of ['x', 'y']) await channel.declareExchange(name, 'fanout');
    await channel.bindExchange('x', 'y', '');
    await channel.bindExchange('y', 'x', '');
    await channel.bindExchange('x', 'x', '');
    await channel.bindQueue('q', 'y', '');
    await send(channel, 'x', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
  'hands on over many': async (world) => {
    const channel = await world.withQueue();
    for (let i = 0; i < 10; i++) {
      await channel.declareExchange(`x${i}`, 'fanout');
      if (i > 0) await channel.bindExchange(`x${i}`, `x${i - 1}`, '');
    }
    await channel.bindQueue('q', 'x9', '');
    await send(channel, 'x0', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
});

const internal = behavioursOf('an internal exchange', {
  'takes nothing from clients': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'fanout', { internal: true });
    channel.publish('x', '', 'x');
    const text = `ACCESS_REFUSED - cannot publish to internal ${world.in("exchange 'x'")}`;
    await channelFault(channel, 403, text);
  },
  'takes what another exchange hands on': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'fanout', { internal: true });
    await channel.bindExchange('x', 'amq.fanout', '');
    await channel.bindQueue('q', 'x', '');
    await send(channel, 'amq.fanout', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
});

/** Declares an exchange `x` that routes the key `k` nowhere, and everything to its alternate. */
async function withAlternate(channel: AmqpChannel, alternate: string): Promise<void> {
  await channel.declareExchange('x', 'direct', { arguments: { 'alternate-exchange': alternate } });
}

const alternate = behavioursOf('an alternate exchange', {
  'gets what has no route': async (world) => {
    const channel = await world.withQueue();
    await withAlternate(channel, 'amq.fanout');
    await channel.bindQueue('q', 'amq.fanout', '');
    assert.ok(!(await send(channel, 'x', 'k')).returned);
    const { exchange, routingKey } = await fetch(channel);
    assert.deepEqual({ exchange, routingKey }, { exchange: 'x', routingKey: 'k' });
  },
  'gets nothing of what has a route': async (world) => {
    const channel = await world.withQueue();
    await withAlternate(channel, 'amq.fanout');
    await channel.declareQueue('other');
    await channel.bindQueue('other', 'amq.fanout', '');
    await channel.bindQueue('q', 'x', 'k');
    await send(channel, 'x', 'k');
    assert.deepEqual([await drain(channel), await drain(channel, 'other')], [['k'], []]);
  },
  'that has no route either leaves a mandatory message to its publisher': async (world) => {
    const channel = await world.confirming();
    await withAlternate(channel, 'amq.direct');
    assert.ok((await send(channel, 'x', 'k')).returned);
  },
  'that does not exist leaves a mandatory message to its publisher': async (world) => {
    const channel = await world.confirming();
    await withAlternate(channel, 'none');
    assert.ok((await send(channel, 'x', 'k')).returned);
  },
  'may have an alternate itself': async (world) => {
    const channel = await world.withQueue();
    await withAlternate(channel, 'y');
    await channel.declareExchange('y', 'direct', { arguments: { 'alternate-exchange': 'amq.fanout' } });
    await channel.bindQueue('q', 'amq.fanout', '');
    await send(channel, 'x', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
  'may lead back': async (world) => {
    const channel = await world.confirming();
    await withAlternate(channel, 'y');
    await channel.declareExchange('y', 'direct', { arguments: { 'alternate-exchange': 'x' } });
    assert.ok((await send(channel, 'x', 'k')).returned);
  },
  'may be internal': async (world) => {
    const channel = await world.withQueue();
    await withAlternate(channel, 'inner');
    await channel.declareExchange('inner', 'fanout', { internal: true });
    await channel.bindQueue('q', 'inner', '');
    await send(channel, 'x', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
  'gets what an exchange on the way could not route': async (world) => {
    const channel = await world.withQueue();
    await withAlternate(channel, 'amq.fanout');
    await channel.bindExchange('x', 'amq.topic', '#');
    await channel.bindQueue('q', 'amq.fanout', '');
    await send(channel, 'amq.topic', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
});

export const exchangeToExchange: readonly BrokerBehaviour[] = [...bound, ...internal, ...alternate];
