import assert from 'node:assert/strict';
import type { ExchangeOptions } from '../../../protocol/client/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf, needing } from './broker-behaviour.ts';
import { channelFault, connectionFault } from './faults.ts';
import { exchangeExists } from './queue-contents.ts';

/** What an exchange was declared with, what it is declared with again, and what the broker says to that. */
const inequivalent: readonly [string, ExchangeOptions, ExchangeOptions, string][] = [
  ['durable', { durable: true }, {}, "received 'false' but current is 'true'"],
  ['auto_delete', {}, { autoDelete: true }, "received 'true' but current is 'false'"],
  ['internal', {}, { internal: true }, "received 'true' but current is 'false'"],
  [
    'alternate-exchange',
    { arguments: { 'alternate-exchange': 'other' } },
    {},
    "received none but current is the value 'other' of type 'longstr'",
  ],
  [
    'alternate-exchange',
    {},
    { arguments: { 'alternate-exchange': 'other' } },
    "received the value 'other' of type 'longstr' but current is none",
  ],
  [
    'alternate-exchange',
    { arguments: { 'alternate-exchange': 'one' } },
    { arguments: { 'alternate-exchange': 'two' } },
    "received 'two' but current is 'one'",
  ],
];

const predeclared = ['amq.direct', 'amq.fanout', 'amq.headers', 'amq.match', 'amq.topic'] as const;

export const exchangesDeclaring: readonly BrokerBehaviour[] = behavioursOf('declaring an exchange', {
  ...eachOf(
    ['direct', 'fanout', 'topic', 'headers'],
    (type) => `makes one of type ${type}, and does no more the second time`,
    async (world, type) => {
      const channel = await world.channel();
      const options = { durable: true, autoDelete: true, internal: true };
      await channel.declareExchange('x', type, options);
      await channel.declareExchange('x', type, options);
      await channel.declareExchange('x', type, { passive: true });
    },
  ),
  ...eachOf(
    predeclared,
    (name) => `finds ${name} in a new virtual host`,
    async (world, name) => {
      const channel = await world.channel();
      const type = name === 'amq.match' ? 'headers' : name.slice('amq.'.length);
      await channel.declareExchange(name, type, { passive: true });
      await channel.declareExchange(name, type, { durable: true });
    },
  ),
  ...eachOf(
    inequivalent,
    ([name, first, , said]) =>
      `is refused for another ${name}: ${said}${Object.keys(first).length > 0 ? '' : ', unset'}`,
    async (world, [name, first, second, said]) => {
      const channel = await world.channel();
      await channel.declareExchange('x', 'direct', first);
      const text = `PRECONDITION_FAILED - inequivalent arg '${name}' for ${world.in("exchange 'x'")}: ${said}`;
      await channelFault(channel.declareExchange('x', 'direct', second), 406, text);
    },
  ),
  'is refused for another type': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'direct');
    const said = "received 'fanout' but current is 'direct'";
    const text = `PRECONDITION_FAILED - inequivalent arg 'type' for ${world.in("exchange 'x'")}: ${said}`;
    await channelFault(channel.declareExchange('x', 'fanout'), 406, text);
  },
  'passively looks at the name alone': async (world) => {
    const channel = await world.channel();
    await channel.declareExchange('x', 'direct', { durable: true });
    await channel.declareExchange('x', 'fanout', { passive: true, autoDelete: true });
  },
  'passively is refused when there is none': async (world) => {
    const text = `NOT_FOUND - no ${world.in("exchange 'x'")}`;
    await channelFault((await world.channel()).declareExchange('x', 'direct', { passive: true }), 404, text);
  },
  'of an unknown type ends the connection': async (world) => {
    const connection = await world.connect();
    const declared = (await connection.openChannel()).declareExchange('x', 'nonsense');
    await connectionFault(declared, 503, "COMMAND_INVALID - unknown exchange type 'nonsense'");
  },
  'under a reserved name is refused': async (world) => {
    const text = "ACCESS_REFUSED - exchange name 'amq.mine' contains reserved prefix 'amq.*'";
    await channelFault((await world.channel()).declareExchange('amq.mine', 'direct'), 403, text);
  },
  'passively under a reserved name only looks': async (world) => {
    const text = `NOT_FOUND - no ${world.in("exchange 'amq.mine'")}`;
    await channelFault((await world.channel()).declareExchange('amq.mine', 'direct', { passive: true }), 404, text);
  },
  'without a name is refused: the default exchange is there already': async (world) => {
    const text = 'ACCESS_REFUSED - operation not permitted on the default exchange';
    await channelFault((await world.channel()).declareExchange('', 'direct', { durable: true }), 403, text);
  },
  'passively without a name is refused too': async (world) => {
    const text = 'ACCESS_REFUSED - operation not permitted on the default exchange';
    await channelFault((await world.channel()).declareExchange('', 'direct', { passive: true }), 403, text);
  },
  'with noWait is done without an answer': async (world) => {
    const channel = await world.channel();
    channel.send({
      name: 'exchange.declare',
      exchange: 'x',
      type: 'direct',
      passive: false,
      durable: false,
      autoDelete: false,
      internal: false,
      noWait: true,
      arguments: {},
    });
    await channel.declareExchange('x', 'direct', { passive: true });
  },
  'with an alternate exchange that is no string is refused': async (world) => {
    const declared = (await world.channel()).declareExchange('x', 'direct', { arguments: { 'alternate-exchange': 5 } });
    const text = `PRECONDITION_FAILED - invalid type 'signedint' for arg 'alternate-exchange' in ${world.in("exchange 'x'")}`;
    await channelFault(declared, 406, text);
  },
  'with an argument that nobody knows is fine': needing(['unknownArguments'], async (world) => {
    await (await world.channel()).declareExchange('x', 'direct', { arguments: { 'x-nonsense': 1 } });
    assert.ok(await exchangeExists(world, 'x'));
  }),
  'with an alternate exchange that does not exist is fine': async (world) => {
    const options = { arguments: { 'alternate-exchange': 'none' } };
    await (await world.channel()).declareExchange('x', 'direct', options);
    assert.ok(await exchangeExists(world, 'x'));
  },
});
