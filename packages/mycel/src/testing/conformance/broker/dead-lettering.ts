import assert from 'node:assert/strict';
import { behavioursOf, type BrokerBehaviour } from './broker-behaviour.ts';
import { plainDeathsOf, deathsOf, rejected, rejectedFrom, withDeadQueue } from './dead-letters.ts';
import { textOf } from './inbox.ts';
import { arrivals, depth, drain, fetch, fill, send } from './queue-contents.ts';

const reasons = behavioursOf('a message is dead-lettered', {
  'when it is rejected': async (world) => {
    const dead = await rejected(await withDeadQueue(world));
    assert.deepEqual(plainDeathsOf(dead), [
      { count: 1, reason: 'rejected', queue: 'q', exchange: '', 'routing-keys': ['q'] },
    ]);
  },
  'when it is refused by nack, together with those before': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a', 'b']);
    await fetch(channel);
    const { deliveryTag } = await fetch(channel);
    channel.nack(deliveryTag, { multiple: true, requeue: false });
    const dead = await arrivals(channel, 'dead', 2);
    assert.deepEqual(dead.map(textOf), ['a', 'b']);
    assert.deepEqual(
      dead.map(deathsOf).map(([death]) => death?.reason),
      ['rejected', 'rejected'],
    );
  },
  'when it expires': async (world) => {
    const channel = await withDeadQueue(world, { 'x-message-ttl': 5 });
    await fill(channel, ['x']);
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    assert.deepEqual(plainDeathsOf(dead), [
      { count: 1, reason: 'expired', queue: 'q', exchange: '', 'routing-keys': ['q'] },
    ]);
  },
  'when it expires by its own time, which is kept in its death': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['x'], { expiration: '5' });
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    const death = { reason: 'expired', queue: 'q', exchange: '', 'routing-keys': ['q'] };
    assert.deepEqual(plainDeathsOf(dead), [{ ...death, count: 1, 'original-expiration': '5' }]);
    assert.equal(dead.properties.expiration, undefined);
  },
  'when there is no room': async (world) => {
    const channel = await withDeadQueue(world, { 'x-max-length': 1 });
    await fill(channel, ['a', 'b']);
    const [dead] = await arrivals(channel, 'dead');
    assert.ok(dead);
    assert.equal(textOf(dead), 'a');
    assert.equal(deathsOf(dead)[0]?.reason, 'maxlen');
  },
  'not when it is acknowledged, purged or its queue deleted': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a', 'b', 'c']);
    channel.ack((await fetch(channel)).deliveryTag);
    await channel.purgeQueue('q');
    await fill(channel, ['d']);
    await channel.deleteQueue('q');
    assert.equal(await depth(channel, 'dead'), 0);
  },
  'not when it is requeued': async (world) => {
    const channel = await withDeadQueue(world);
    await fill(channel, ['a']);
    channel.reject((await fetch(channel)).deliveryTag, true);
    assert.deepEqual(await drain(channel), ['a']);
    assert.equal(await depth(channel, 'dead'), 0);
  },
});

const route = behavioursOf('a dead letter', {
  'keeps body and properties': async (world) => {
    const properties = { contentType: 'text/plain', deliveryMode: 2, priority: 3, correlationId: 'c', messageId: 'm' };
    const dead = await rejected(await withDeadQueue(world), { ...properties, headers: { mine: 1 } });
    const { headers, ...rest } = dead.properties;
    assert.deepEqual(rest, properties);
    assert.equal(headers?.['mine'], 1);
    assert.equal(textOf(dead), 'x');
    assert.equal(dead.redelivered, false);
  },
  'names where it died first in headers of its own': async (world) => {
    const { properties } = await rejected(await withDeadQueue(world));
    const { 'x-death': deaths, ...headers } = properties.headers ?? {};
    assert.deepEqual(headers, {
      'x-first-death-exchange': '',
      'x-first-death-queue': 'q',
      'x-first-death-reason': 'rejected',
    });
    assert.ok(deaths);
  },
  'has the time of its death': async (world) => {
    const [death] = deathsOf(await rejected(await withDeadQueue(world)));
    const seconds = (death?.time.getTime() ?? 0) / 1000;
    assert.ok(Number.isInteger(seconds) && Math.abs(seconds - Date.now() / 1000) < 600, String(seconds));
  },
  'goes to the exchange by its own key when there is no other': async (world) => {
    const channel = await world.confirming();
    await channel.declareQueue('dead');
    await channel.bindQueue('dead', 'amq.direct', 'q');
    await channel.declareQueue('q', { arguments: { 'x-dead-letter-exchange': 'amq.direct' } });
    const { exchange, routingKey } = await rejected(channel);
    assert.deepEqual({ exchange, routingKey }, { exchange: 'amq.direct', routingKey: 'q' });
  },
  'goes by the key of the queue, and remembers the one it had': async (world) => {
    const channel = await withDeadQueue(world);
    await channel.bindQueue('q', 'amq.topic', 'a.#');
    await send(channel, 'amq.topic', 'a.b');
    const dead = await rejectedFrom(channel, 'q');
    assert.deepEqual([dead.exchange, dead.routingKey], ['', 'dead']);
    const [death] = deathsOf(dead);
    assert.deepEqual([death?.exchange, death?.['routing-keys']], ['amq.topic', ['a.b']]);
  },
  'goes to all queues that the exchange routes it to': async (world) => {
    const channel = await world.confirming();
    await channel.declareQueue('q', { arguments: { 'x-dead-letter-exchange': 'amq.fanout' } });
    for (const queue of ['one', 'two']) {
      await channel.declareQueue(queue);
      await channel.bindQueue(queue, 'amq.fanout', '');
    }
    await fill(channel, ['a']);
    channel.reject((await fetch(channel)).deliveryTag, false);
    const copies = [...(await arrivals(channel, 'one')), ...(await arrivals(channel, 'two'))];
    assert.deepEqual(copies.map(textOf), ['a', 'a']);
  },
  'is dropped when the exchange does not exist': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'none' });
    await fill(channel, ['a']);
    channel.reject((await fetch(channel)).deliveryTag, false);
    assert.deepEqual(await drain(channel), []);
    assert.ok(channel.isOpen);
  },
  'goes to an exchange that was declared later': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'late' });
    await channel.declareExchange('late', 'fanout');
    await channel.declareQueue('dead');
    await channel.bindQueue('dead', 'late', '');
    assert.equal(textOf(await rejected(channel)), 'x');
  },
  'goes through an internal exchange': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'inner' });
    await channel.declareExchange('inner', 'fanout', { internal: true });
    await channel.declareQueue('dead');
    await channel.bindQueue('dead', 'inner', '');
    assert.equal(textOf(await rejected(channel)), 'x');
  },
  'goes on to an alternate exchange when there is no route': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'x' });
    await channel.declareExchange('x', 'direct', { arguments: { 'alternate-exchange': 'amq.fanout' } });
    await channel.declareQueue('dead');
    await channel.bindQueue('dead', 'amq.fanout', '');
    assert.equal(textOf(await rejected(channel)), 'x');
  },
  'without a key of the queue goes by all the keys it had': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'amq.direct' });
    for (const queue of ['dead', 'copy']) await channel.declareQueue(queue);
    await channel.bindQueue('dead', 'amq.direct', 'q');
    await channel.bindQueue('copy', 'amq.direct', 'other');
    const dead = await rejected(channel, { headers: { CC: ['other'] } });
    assert.deepEqual(dead.properties.headers?.['CC'], ['other']);
    assert.deepEqual((await arrivals(channel, 'copy')).map(textOf), ['x']);
  },
  'without a key of the queue goes by the keys it had in BCC too, which its history does not name': async (world) => {
    const channel = await world.withQueue({ 'x-dead-letter-exchange': 'amq.direct' });
    for (const queue of ['dead', 'copy']) await channel.declareQueue(queue);
    await channel.bindQueue('dead', 'amq.direct', 'q');
    await channel.bindQueue('copy', 'amq.direct', 'other');
    const dead = await rejected(channel, { headers: { BCC: ['other'] } });
    assert.deepEqual(deathsOf(dead)[0]?.['routing-keys'], ['q']);
    assert.deepEqual((await arrivals(channel, 'copy')).map(textOf), ['x']);
  },
  'loses its CC where the queue has a key, and remembers those keys': async (world) => {
    const channel = await withDeadQueue(world);
    await channel.declareQueue('copy');
    const dead = await rejected(channel, { headers: { CC: ['copy'] } });
    assert.equal(dead.properties.headers?.['CC'], undefined);
    assert.deepEqual(deathsOf(dead)[0]?.['routing-keys'], ['q', 'copy']);
    assert.deepEqual(await drain(channel, 'copy'), ['x']);
  },
});

export const deadLettering: readonly BrokerBehaviour[] = [...reasons, ...route];
