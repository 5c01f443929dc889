import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { channelFault } from './faults.ts';
import { exchangeExists, send } from './queue-contents.ts';

const deleting = behavioursOf('deleting an exchange', {
  'takes its bindings with it': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k');
    await channel.deleteExchange('x');
    await channel.declareExchange('x', 'direct');
    assert.equal((await send(channel, 'x', 'k')).returned?.replyText, 'NO_ROUTE');
  },
  'takes the bindings to it as well': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('from', 'fanout');
    await channel.declareExchange('x', 'fanout');
    await channel.bindExchange('x', 'from', '');
    await channel.deleteExchange('x');
    await channel.declareExchange('x', 'fanout');
    await channel.bindQueue('q', 'x', '');
    assert.ok((await send(channel, 'from', '')).returned);
  },
  'that does not exist is no error': async (world) => {
    const channel = await world.channel();
    await channel.deleteExchange('x');
    await channel.deleteExchange('x', { ifUnused: true });
  },
  'if unused is refused while something is bound to it': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k');
    const text = `PRECONDITION_FAILED - ${world.in("exchange 'x'")} in use`;
    await channelFault(channel.deleteExchange('x', { ifUnused: true }), 406, text);
    assert.ok(await exchangeExists(world, 'x'));
  },
  'if unused is done when nothing is bound to it any more': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct');
    await channel.bindQueue('q', 'x', 'k');
    await channel.unbindQueue('q', 'x', 'k');
    await channel.deleteExchange('x', { ifUnused: true });
    assert.ok(!(await exchangeExists(world, 'x')));
  },
  'if unused does not count what it is bound to itself': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'fanout');
    await channel.bindExchange('x', 'amq.fanout', '');
    await channel.deleteExchange('x', { ifUnused: true });
    assert.ok(!(await exchangeExists(world, 'x')));
  },
  'that the broker made is refused': async (world) => {
    const text = `ACCESS_REFUSED - deletion of system ${world.in("exchange 'amq.direct'")} not allowed`;
    await channelFault((await world.channel()).deleteExchange('amq.direct'), 403, text);
  },
  'without a name is refused': async (world) => {
    const text = 'ACCESS_REFUSED - operation not permitted on the default exchange';
    await channelFault((await world.channel()).deleteExchange(''), 403, text);
  },
});

const autoDelete = behavioursOf('an auto-delete exchange', {
  'stays while nothing was ever bound to it': async (world) => {
    await (await world.channel()).declareExchange('x', 'direct', { autoDelete: true });
    assert.ok(await exchangeExists(world, 'x'));
  },
  'goes when its last binding is undone, not before': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct', { autoDelete: true });
    await channel.bindQueue('q', 'x', 'one');
    await channel.bindQueue('q', 'x', 'two');
    await channel.unbindQueue('q', 'x', 'one');
    assert.ok(await exchangeExists(world, 'x'));
    await channel.unbindQueue('q', 'x', 'two');
    assert.ok(!(await exchangeExists(world, 'x')));
  },
  'goes with the last queue that is bound to it': async (world) => {
    const channel = await world.withQueue();
    await channel.declareExchange('x', 'direct', { autoDelete: true });
    await channel.bindQueue('q', 'x', 'k');
    await channel.deleteQueue('q');
    assert.ok(!(await exchangeExists(world, 'x')));
  },
  'goes with the last exchange that is bound to it': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'fanout', { autoDelete: true });
    await channel.declareExchange('to', 'fanout');
    await channel.bindExchange('to', 'x', '');
    await channel.deleteExchange('to');
    assert.ok(!(await exchangeExists(world, 'x')));
  },
  'takes those along that were bound to it alone': async (world) => {
    const channel = await world.withQueue();
    for (const name of ['x', 'y']) await channel.declareExchange(name, 'fanout', { autoDelete: true });
    await channel.bindExchange('y', 'x', '');
    await channel.bindQueue('q', 'y', '');
    await channel.deleteQueue('q');
    assert.deepEqual([await exchangeExists(world, 'y'), await exchangeExists(world, 'x')], [false, false]);
  },
  'stays when what it is bound to goes': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'fanout', { autoDelete: true });
    await channel.declareExchange('from', 'fanout');
    await channel.bindExchange('x', 'from', '');
    await channel.deleteExchange('from');
    assert.ok(await exchangeExists(world, 'x'));
  },
});

export const exchangesDeleting: readonly BrokerBehaviour[] = [...deleting, ...autoDelete];
