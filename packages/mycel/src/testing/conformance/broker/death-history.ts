import assert from 'node:assert/strict';
import type { AmqpChannel } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour, needing } from './broker-behaviour.ts';
import { deathsOf, plainDeathsOf, rejected, rejectedFrom, withDeadQueue } from './dead-letters.ts';
import { textOf } from './inbox.ts';
import { arrivals, depth, drain, fetch, fill, nextOf } from './queue-contents.ts';

/** Declares queues of which each dead-letters to the next, by the default exchange. */
async function chain(channel: AmqpChannel, ...queues: string[]): Promise<void> {
  for (const [index, queue] of queues.entries()) {
    const next = queues[index + 1];
    const args = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': next ?? '' };
    await channel.declareQueue(queue, { arguments: next === undefined ? {} : args });
  }
}

const history = behavioursOf('the history of a dead letter', {
  'begins with the latest death': async (world) => {
    const channel = await world.confirming();
    await chain(channel, 'q', 'middle', 'dead');
    await fill(channel, ['x']);
    channel.reject((await fetch(channel)).deliveryTag, false);
    channel.reject((await nextOf(channel, 'middle')).deliveryTag, false);
    const [delivery] = await arrivals(channel, 'dead');
    assert.ok(delivery);
    assert.deepEqual(plainDeathsOf(delivery), [
      { count: 1, reason: 'rejected', queue: 'middle', exchange: '', 'routing-keys': ['middle'] },
      { count: 1, reason: 'rejected', queue: 'q', exchange: '', 'routing-keys': ['q'] },
    ]);
    assert.equal(delivery.properties.headers?.['x-first-death-queue'], 'q');
  },
  'has every death, latest first': needing(['deathOrder'], async (world) => {
    const channel = await world.confirming();
    await chain(channel, 'q', 'second', 'third', 'dead');
    await fill(channel, ['x']);
    for (const queue of ['q', 'second', 'third']) channel.reject((await nextOf(channel, queue)).deliveryTag, false);
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    assert.deepEqual(
      deathsOf(dead).map(({ queue }) => queue),
      ['third', 'second', 'q'],
    );
  }),
  'counts deaths in the same queue for the same reason, and moves them to the front': async (world) => {
    const channel = await withDeadQueue(world);
    const first = await rejected(channel);
    await fill(channel, ['x'], first.properties);
    const second = await rejectedFrom(channel, 'q');
    assert.deepEqual(
      deathsOf(second).map(({ count, reason, queue }) => [queue, reason, count]),
      [['q', 'rejected', 2]],
    );
  },
  'has an entry for each reason': async (world) => {
    const channel = await withDeadQueue(world);
    const first = await rejected(channel);
    await fill(channel, ['x'], { ...first.properties, expiration: '5' });
    const [second] = await arrivals(channel, 'dead');
    assert.ok(second);
    assert.deepEqual(
      deathsOf(second).map(({ count, reason, queue }) => [queue, reason, count]),
      [
        ['q', 'expired', 1],
        ['q', 'rejected', 1],
      ],
    );
    assert.equal(second.properties.headers?.['x-first-death-reason'], 'rejected');
  },
  'replaces what the publisher wrote there, if it is no list': async (world) => {
    const dead = await rejected(await withDeadQueue(world), { headers: { 'x-death': 'nonsense' } });
    assert.equal(deathsOf(dead).length, 1);
  },
});

const cycles = behavioursOf('a circle of dead letters', {
  'ends with a message that expired all the way round': async (world) => {
    const channel = await world.confirming();
    const ttl = { 'x-dead-letter-exchange': '', 'x-message-ttl': 5 };
    await channel.declareQueue('q', { arguments: { ...ttl, 'x-dead-letter-routing-key': 'back' } });
    await channel.declareQueue('back', { arguments: { ...ttl, 'x-dead-letter-routing-key': 'q' } });
    await fill(channel, ['x']);
    // It is looked for in both until it was in neither for a hundred questions.
    for (let seenAgo = 0; seenAgo < 100; seenAgo++) {
      if ((await depth(channel, 'q')) + (await depth(channel, 'back')) > 0) seenAgo = 0;
    }
  },
  'of one queue that expires ends at once': async (world) => {
    const channel = await world.withQueue({
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'q',
      'x-message-ttl': 5,
    });
    await fill(channel, ['x']);
    while ((await depth(channel)) > 0) continue;
    assert.deepEqual(await drain(channel), []);
  },
  'goes on with a message that was rejected on the way': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'wait' });
    await channel.declareQueue('wait', {
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'q', 'x-message-ttl': 5 },
    });
    await fill(channel, ['x']);
    for (let round = 1; round <= 3; round++) {
      const delivery = await nextOf(channel, 'q');
      const rounds = deathsOf(delivery).map(({ queue, reason, count }) => [queue, reason, count]);
      const expected = [
        ['wait', 'expired', round - 1],
        ['q', 'rejected', round - 1],
      ];
      assert.deepEqual(rounds, round === 1 ? [] : expected);
      channel.reject(delivery.deliveryTag, false);
    }
    assert.equal(textOf(await nextOf(channel, 'q')), 'x');
  },
});

export const deathHistory: readonly BrokerBehaviour[] = [...history, ...cycles];
