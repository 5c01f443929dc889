import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { drain, send } from './queue-contents.ts';

const onDefault = 'ACCESS_REFUSED - operation not permitted on the default exchange';

export const bindings: readonly BrokerBehaviour[] = behavioursOf('a binding', {
  'made twice is one': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k');
    await channel.bindQueue('q', 'x', 'k');
    await send(channel, 'x', 'k');
    assert.deepEqual(await drain(channel), ['k']);
    await channel.unbindQueue('q', 'x', 'k');
    assert.ok((await send(channel, 'x', 'k')).returned);
  },
  'is told apart by its arguments': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k', { n: 1 });
    await channel.bindQueue('q', 'x', 'k', { n: 2 });
    await channel.unbindQueue('q', 'x', 'k', { n: 1 });
    assert.equal((await send(channel, 'x', 'k')).returned, undefined);
    await channel.unbindQueue('q', 'x', 'k', { n: 2 });
    assert.ok((await send(channel, 'x', 'k')).returned);
    assert.deepEqual(await drain(channel), ['k']);
  },
  'is the same whatever the order of its arguments': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k', { a: 1, b: 2 });
    await channel.unbindQueue('q', 'x', 'k', { b: 2, a: 1 });
    assert.ok((await send(channel, 'x', 'k')).returned);
  },
  'that does not exist can be undone': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.unbindQueue('q', 'x', 'k');
    await channel.unbindExchange('amq.fanout', 'x', 'k');
  },
  'goes with its queue': async (world) => {
    const channel = await world.withQueue();
    await channel.bindQueue('q', 'amq.direct', 'k');
    await channel.deleteQueue('q');
    await channel.declareQueue('q');
    assert.ok((await send(channel, 'amq.direct', 'k')).returned);
  },
  'of a queue that does not exist is refused': async (world) => {
    const bound = (await world.channel()).bindQueue('none', 'amq.direct', 'k');
    await channelFault(bound, 404, `NOT_FOUND - no ${world.in("queue 'none'")}`);
  },
  'to an exchange that does not exist is refused': async (world) => {
    const channel = await world.withQueue();
    await channelFault(channel.bindQueue('q', 'none', 'k'), 404, `NOT_FOUND - no ${world.in("exchange 'none'")}`);
  },
  'of a queue and an exchange that do not exist is refused for the exchange': async (world) => {
    const bound = (await world.channel()).bindQueue('no-queue', 'no-exchange', 'k');
    await channelFault(bound, 404, `NOT_FOUND - no ${world.in("exchange 'no-exchange'")}`);
  },
  'of an exchange that does not exist is refused': async (world) => {
    const bound = (await world.channel()).bindExchange('none', 'amq.direct', 'k');
    await channelFault(bound, 404, `NOT_FOUND - no ${world.in("exchange 'none'")}`);
  },
  'from an exchange that does not exist is refused': async (world) => {
    const bound = (await world.channel()).bindExchange('amq.direct', 'none', 'k');
    await channelFault(bound, 404, `NOT_FOUND - no ${world.in("exchange 'none'")}`);
  },
  'undone for a queue that does not exist is no error': async (world) => {
    const channel = await world.channel();
    await channel.unbindQueue('none', 'amq.direct', 'k');
    assert.ok(channel.isOpen);
  },
  'undone for an exchange that does not exist is no error': async (world) => {
    const channel = await world.withQueue();
    await channel.unbindQueue('q', 'none', 'k');
    await channel.unbindExchange('amq.direct', 'none', 'k');
    assert.ok(channel.isOpen);
  },
  'of a queue to the default exchange is refused': async (world) => {
    const channel = await world.withQueue();
    await channelFault(channel.bindQueue('q', '', 'k'), 403, onDefault);
  },
  'of a queue to the default exchange cannot be undone': async (world) => {
    const channel = await world.withQueue();
    await channelFault(channel.unbindQueue('q', '', 'q'), 403, onDefault);
  },
  'from the default exchange to another is refused': async (world) => {
    await channelFault((await world.channel()).bindExchange('amq.direct', '', 'k'), 403, onDefault);
  },
  'from another exchange to the default one is refused': async (world) => {
    await channelFault((await world.channel()).bindExchange('', 'amq.direct', 'k'), 403, onDefault);
  },
  'between exchanges made twice is one': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'fanout');
    for (let i = 0; i < 2; i++) await channel.bindExchange('x', 'amq.fanout', 'k');
    await channel.bindQueue('q', 'x', '');
    await send(channel, 'amq.fanout', 'k');
    await channel.unbindExchange('x', 'amq.fanout', 'k');
    assert.ok((await send(channel, 'amq.fanout', 'k')).returned);
    assert.deepEqual(await drain(channel), ['k']);
  },
  'of the queue declared last needs no name': async (world) => {
    const channel = await world.withQueue();
    await channel.bindQueue('', 'amq.direct', 'k');
    await send(channel, 'amq.direct', 'k');
    assert.deepEqual(await drain(channel), ['k']);
  },
  'of the queue declared last has its name for a key when it has none': async (world) => {
    const channel = await world.withQueue();
    await channel.bindQueue('', 'amq.direct', '');
    await send(channel, 'amq.direct', 'q');
    assert.deepEqual(await drain(channel), ['q']);
  },
});
