import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import type { BrokerWorld } from './broker-world.ts';
import { drain, fetch, send } from './queue-contents.ts';

/** Pattern, routing key, whether they match. */
const topicTable: readonly [string, string, boolean][] = [
  ['a.b.c', 'a.b.c', true],
  ['a.b.c', 'a.b', false],
  ['a.b', 'a.b.c', false],
  ['*', 'a', true],
  ['*', '', false],
  ['*', 'a.b', false],
  ['#', '', true],
  ['#', 'a', true],
  ['#', 'a.b.c', true],
  ['a.*', 'a.b', true],
  ['a.*', 'a', false],
  ['a.*', 'a.', true],
  ['a.*', 'a.b.c', false],
  ['*.b', 'a.b', true],
  ['*.b', '.b', true],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a..c', true],
  ['a.*.c', 'a.c', false],
  ['a.#', 'a', true],
  ['a.#', 'a.b.c', true],
  ['a.#', 'ab', false],
  ['#.c', 'c', true],
  ['#.c', 'a.b.c', true],
  ['#.c', 'a.b', false],
  ['a.#.c', 'a.c', true],
  ['a.#.c', 'a.x.y.c', true],
  ['a.#.c', 'a.x.y', false],
  ['#.b.#', 'b', true],
  ['#.b.#', 'a.b.c', true],
  ['#.b.#', 'a.c', false],
  ['#.#', '', true],
  ['*.#', '', false],
  ['*.#', 'a', true],
  ['#.*', 'a.b', true],
  ['*.*', 'a.b', true],
  ['#.a.*.#', 'x.a.a', true],
  ['#.a.*.#', 'a', false],
  ['', '', true],
  ['', 'a', false],
  ['A', 'a', false],
  ['a*', 'ab', false],
  ['a#', 'ab', false],
  ['a*', 'a*', true],
  ['.', '.', true],
  ['*.*', '.', true],
  ['é.*', 'é.ü', true],
];

/** Publishes to an exchange of this type and says whether the one binding took the message. */
async function isRouted(world: BrokerWorld, type: string, bindingKey: string, routingKey: string): Promise<boolean> {
  const channel = await world.withQueue();
  await channel.declareExchange('x', type);
  await channel.bindQueue('q', 'x', bindingKey);
  return !(await send(channel, 'x', routingKey)).returned;
}

const topic = behavioursOf('a topic exchange', {
  ...eachOf(
    topicTable,
    ([pattern, key, matches]) => `${matches ? 'routes' : 'does not route'} '${key}' by '${pattern}'`,
    async (world, [pattern, key, matches]) => assert.equal(await isRouted(world, 'topic', pattern, key), matches),
  ),
  'gives a queue one message though two patterns match': async (world) => {
    const channel = await world.withQueue();
    for (const pattern of ['a.#', '#.b', 'a.b']) await channel.bindQueue('q', 'amq.topic', pattern);
    await send(channel, 'amq.topic', 'a.b');
    assert.deepEqual(await drain(channel), ['a.b']);
  },
  'forgets a pattern that is unbound, and keeps those beside it': async (world) => {
    const channel = await world.withQueue();
    for (const pattern of ['a.*.c', 'a.*', 'a.#']) await channel.bindQueue('q', 'amq.topic', pattern);
    await channel.unbindQueue('q', 'amq.topic', 'a.#');
    await channel.unbindQueue('q', 'amq.topic', 'a.*.c');
    assert.ok((await send(channel, 'amq.topic', 'a.b.c')).returned);
    assert.ok(!(await send(channel, 'amq.topic', 'a.b')).returned);
  },
});

const direct = behavioursOf('a direct exchange', {
  'routes the very key': async (world) => assert.ok(await isRouted(world, 'direct', 'a.b', 'a.b')),
  'knows no patterns': async (world) => assert.ok(!(await isRouted(world, 'direct', '#', 'a'))),
  'takes the empty key for a key': async (world) => assert.ok(await isRouted(world, 'direct', '', '')),
  'gives every queue bound by the key a message of its own': async (world) => {
    const channel = await world.confirming();
    for (const queue of ['one', 'two', 'three']) {
      await channel.declareQueue(queue);
      await channel.bindQueue(queue, 'amq.direct', queue === 'three' ? 'other' : 'k');
    }
    await send(channel, 'amq.direct', 'k');
    const contents = [await drain(channel, 'one'), await drain(channel, 'two'), await drain(channel, 'three')];
    assert.deepEqual(contents, [['k'], ['k'], []]);
  },
  'routes to a queue by each of its keys': async (world) => {
    const channel = await world.withQueue();
    for (const key of ['a', 'b']) await channel.bindQueue('q', 'amq.direct', key);
    for (const key of ['a', 'c', 'b']) await send(channel, 'amq.direct', key);
    assert.deepEqual(await drain(channel), ['a', 'b']);
  },
});

const fanout = behavioursOf('a fanout exchange', {
  'does not look at the key': async (world) => assert.ok(await isRouted(world, 'fanout', 'a', 'b')),
  'gives a queue one message however often it is bound': async (world) => {
    const channel = await world.withQueue();
    for (const key of ['a', 'b']) await channel.bindQueue('q', 'amq.fanout', key);
    await send(channel, 'amq.fanout', 'k');
    assert.deepEqual(await drain(channel), ['k']);
    await channel.unbindQueue('q', 'amq.fanout', 'a');
    assert.ok(!(await send(channel, 'amq.fanout', 'k')).returned);
  },
});

const byDefault = behavioursOf('the default exchange', {
  'routes to the queue that is named like the key': async (world) => {
    const channel = await world.withQueue();
    await send(channel, '', 'q');
    const { exchange, routingKey } = await fetch(channel);
    assert.deepEqual({ exchange, routingKey }, { exchange: '', routingKey: 'q' });
  },
  'has no route to a queue that does not exist': async (world) => {
    const { returned } = await send(await world.confirming(), '', 'none');
    assert.deepEqual(returned, { replyCode: 312, replyText: 'NO_ROUTE' });
  },
});

export const routing: readonly BrokerBehaviour[] = [...byDefault, ...direct, ...fanout, ...topic];
