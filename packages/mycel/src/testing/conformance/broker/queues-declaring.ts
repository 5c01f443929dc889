import assert from 'node:assert/strict';
import type { QueueOptions } from '../../../protocol/client/index.ts';
import { type FieldTable, typed } from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf, needing } from './broker-behaviour.ts';
import { channelFault, lockedText } from './faults.ts';
import { consumerCount, fill } from './queue-contents.ts';

/** Argument, value it has, value it is declared with again, what the broker says to that. */
const inequivalent: readonly [string, FieldTable, FieldTable, string][] = [
  ['x-message-ttl', { 'x-message-ttl': 1000 }, {}, "received none but current is the value '1000' of type 'signedint'"],
  ['x-message-ttl', {}, { 'x-message-ttl': 1000 }, "received the value '1000' of type 'signedint' but current is none"],
  ['x-message-ttl', { 'x-message-ttl': 1 }, { 'x-message-ttl': 2 }, "received '2' but current is '1'"],
  ['x-expires', { 'x-expires': 60000 }, { 'x-expires': 60001 }, "received '60001' but current is '60000'"],
  ['x-max-length', { 'x-max-length': 1 }, { 'x-max-length': 2 }, "received '2' but current is '1'"],
  [
    'x-max-length-bytes',
    { 'x-max-length-bytes': 1 },
    {},
    "received none but current is the value '1' of type 'signedint'",
  ],
  [
    'x-overflow',
    { 'x-overflow': 'drop-head' },
    { 'x-overflow': 'reject-publish' },
    "received 'reject-publish' but current is 'drop-head'",
  ],
  [
    'x-dead-letter-exchange',
    { 'x-dead-letter-exchange': 'a' },
    { 'x-dead-letter-exchange': 'b' },
    "received 'b' but current is 'a'",
  ],
  [
    'x-dead-letter-routing-key',
    { 'x-dead-letter-exchange': 'a' },
    { 'x-dead-letter-exchange': 'a', 'x-dead-letter-routing-key': 'k' },
    "received the value 'k' of type 'longstr' but current is none",
  ],
  ['x-max-priority', { 'x-max-priority': 5 }, { 'x-max-priority': 6 }, "received '6' but current is '5'"],
  [
    'x-single-active-consumer',
    { 'x-single-active-consumer': true },
    {},
    "received none but current is the value 'true' of type 'bool'",
  ],
];

const redeclaring = behavioursOf('declaring a queue again', {
  'says how many messages and consumers it has': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    assert.deepEqual(await channel.declareQueue('q'), { queue: 'q', messageCount: 3, consumerCount: 0 });
    await channel.get('q');
    await channel.consume('q', () => undefined, { noAck: true });
    assert.deepEqual(await channel.declareQueue('q'), { queue: 'q', messageCount: 0, consumerCount: 1 });
  },
  ...eachOf(
    inequivalent,
    ([name, , , said]) => `is refused for another ${name}: ${said}`,
    async (world, [name, first, second, said]) => {
      const channel = await world.withQueue(first);
      const text = `PRECONDITION_FAILED - inequivalent arg '${name}' for ${world.in("queue 'q'")}: ${said}`;
      await channelFault(channel.declareQueue('q', { arguments: second }), 406, text);
    },
  ),
  ...eachOf(
    [
      ['durable', { durable: true }, {}, "received 'false' but current is 'true'"],
      ['durable', {}, { durable: true }, "received 'true' but current is 'false'"],
      ['auto_delete', {}, { autoDelete: true }, "received 'true' but current is 'false'"],
    ] satisfies [string, QueueOptions, QueueOptions, string][],
    ([name, , , said]) => `is refused for another ${name}: ${said}`,
    async (world, [name, first, second, said]) => {
      const channel = await world.withQueue({}, first);
      const text = `PRECONDITION_FAILED - inequivalent arg '${name}' for ${world.in("queue 'q'")}: ${said}`;
      await channelFault(channel.declareQueue('q', second), 406, text);
    },
  ),
  'is refused as exclusive when it is not': async (world) => {
    const channel = await world.withQueue();
    await channelFault(channel.declareQueue('q', { exclusive: true }), 405, lockedText(world));
  },
  'is refused as shared when it is exclusive': async (world) => {
    const channel = await world.withQueue({}, { exclusive: true });
    await channelFault(channel.declareQueue('q'), 405, lockedText(world));
  },
  'takes an integer of another width for the same': async (world) => {
    const channel = await world.withQueue({ 'x-message-ttl': typed('I', 1000) });
    await channel.declareQueue('q', { arguments: { 'x-message-ttl': typed('l', 1000) } });
  },
  'tells the types of numbers when it is refused': needing(['numberTypes'], async (world) => {
    const channel = await world.withQueue({ 'x-message-ttl': typed('l', 1000) });
    const said = "received none but current is the value '1000' of type 'long'";
    const text = `PRECONDITION_FAILED - inequivalent arg 'x-message-ttl' for ${world.in("queue 'q'")}: ${said}`;
    await channelFault(channel.declareQueue('q'), 406, text);
  }),
  'passively looks at the name alone': async (world) => {
    const channel = await world.withQueue({ 'x-max-length': 1 });
    await channel.declareQueue('q', { passive: true, durable: true, arguments: { 'x-max-length': 5 } });
  },
});

const names = behavioursOf('declaring a queue', {
  'without a name gets one from the broker': async (world) => {
    const channel = await world.channel();
    const first = await channel.declareQueue('');
    const second = await channel.declareQueue('');
    assert.match(first.queue, /^amq\.gen-[A-Za-z0-9_-]{22}$/);
    assert.notEqual(first.queue, second.queue);
  },
  'that does not exist passively is refused': async (world) => {
    const text = `NOT_FOUND - no ${world.in("queue 'none'")}`;
    await channelFault((await world.channel()).declareQueue('none', { passive: true }), 404, text);
  },
  'under a reserved name is refused': async (world) => {
    const text = "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'";
    await channelFault((await world.channel()).declareQueue('amq.mine'), 403, text);
  },
  'that the broker named is refused again by that name': async (world) => {
    const channel = await world.channel();
    const { queue } = await channel.declareQueue('', { exclusive: true });
    const text = `ACCESS_REFUSED - queue name '${queue}' contains reserved prefix 'amq.*'`;
    await channelFault(channel.declareQueue(queue, { exclusive: true }), 403, text);
  },
  'passively without a name is refused': async (world) => {
    const channel = await world.withQueue();
    await channelFault(channel.declareQueue('', { passive: true }), 404, `NOT_FOUND - no ${world.in("queue ''")}`);
  },
  'is refused in at most 255 bytes': async (world) => {
    const name = 'x'.repeat(255);
    const text = `NOT_FOUND - no queue '${name}`.slice(0, 252);
    await channelFault((await world.channel()).declareQueue(name, { passive: true }), 404, `${text}...`);
  },
  'with noWait is done without an answer': async (world) => {
    const channel = await world.channel();
    const flags = { passive: false, durable: false, exclusive: false, autoDelete: false, noWait: true };
    channel.send({ name: 'queue.declare', queue: 'q', ...flags, arguments: {} });
    assert.equal((await channel.declareQueue('q', { passive: true })).queue, 'q');
  },
  'with an argument that nobody knows is fine': needing(['unknownArguments'], async (world) => {
    const channel = await world.withQueue({ 'x-nonsense': 1 });
    await channel.declareQueue('q', { arguments: { 'x-nonsense': 1 } });
  }),
});

const shorthand = behavioursOf('the empty name of a queue', {
  'means the queue that was declared last on the channel': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['a', 'b', 'c']);
    assert.equal((await channel.get(''))?.body.toString(), 'a');
    assert.deepEqual(await channel.purgeQueue(''), { messageCount: 2 });
    const { consumerTag } = await channel.consume('', () => undefined);
    assert.equal(await consumerCount(channel), 1);
    await channel.cancel(consumerTag);
    assert.deepEqual(await channel.deleteQueue(''), { messageCount: 0 });
  },
  'means the one that a passive declaration looked at, too': async (world) => {
    await world.withQueue();
    const channel = await world.channel();
    await channel.declareQueue('q', { passive: true });
    assert.deepEqual(await channel.purgeQueue(''), { messageCount: 0 });
  },
  'is refused where none was declared': async (world) => {
    const purged = (await world.channel()).purgeQueue('');
    await channelFault(purged, 404, 'NOT_FOUND - no previously declared queue');
  },
  'is refused for consuming where none was declared': async (world) => {
    const consumed = (await world.channel()).consume('', () => undefined);
    await channelFault(consumed, 404, 'NOT_FOUND - no previously declared queue');
  },
  'is not shared with other channels': async (world) => {
    await world.withQueue();
    await channelFault((await world.channel()).get(''), 404, 'NOT_FOUND - no previously declared queue');
  },
});

export const queuesDeclaring: readonly BrokerBehaviour[] = [...names, ...redeclaring, ...shorthand];
