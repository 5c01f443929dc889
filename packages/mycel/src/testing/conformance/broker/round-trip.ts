import assert from 'node:assert/strict';
import type { MessageProperties } from '../../../protocol/client/index.ts';
import {
  Decimal,
  decodeTable,
  encodeTable,
  type FieldTable,
  type FieldValue,
  typed,
} from '../../../protocol/codec/index.ts';
import { behavioursOf, type BrokerBehaviour, eachOf } from './broker-behaviour.ts';
import { Inbox } from './inbox.ts';
import { fetch, fill } from './queue-contents.ts';

const properties: Required<Omit<MessageProperties, 'headers' | 'userId'>> = {
  contentType: 'application/json',
  contentEncoding: 'gzip',
  deliveryMode: 2,
  priority: 7,
  correlationId: 'correlation',
  replyTo: 'reply',
  expiration: '600000',
  messageId: 'message',
  timestamp: 1_700_000_000,
  type: 'type',
  appId: 'app',
  clusterId: 'cluster',
};

/** A value of each type of a field table, some at the ends of their range. */
const fields: Readonly<Record<string, FieldValue>> = {
  boolean: true,
  int8: typed('b', -128),
  uint8: typed('B', 255),
  int16: typed('s', -32_768),
  uint16: typed('u', 65_535),
  int32: typed('I', -2_147_483_648),
  uint32: typed('i', 4_294_967_295),
  int64: typed('l', -9_223_372_036_854_775_808n),
  'a float': typed('f', 0.5),
  'a double': typed('d', Math.PI),
  'a decimal': new Decimal(2, 314),
  text: 'grüße',
  'empty text': '',
  bytes: typed('x', Buffer.from([0, 1, 254, 255])),
  'a list': [1, 'two', [3, { four: null }]],
  'an empty list': [],
  'a time': new Date(1_700_000_000_000),
  'a table': { nested: { deeper: 1 } },
  'an empty table': {},
  void: null,
};

const bodies: readonly [string, number][] = [
  ['no bytes', 0],
  ['one byte', 1],
  ['4,088 bytes, the smallest frame', 4088],
  ['131,064 bytes, the largest frame', 131_064],
  ['131,065 bytes, one more', 131_065],
  ['a million bytes', 1_000_000],
];

export const roundTrip: readonly BrokerBehaviour[] = behavioursOf('what was published arrives:', {
  ...eachOf(
    bodies,
    ([name]) => `a body of ${name}`,
    async (world, [, size]) => {
      const channel = await world.withQueue();
      const body = Buffer.alloc(size, 'abcdefghi');
      await channel.publishConfirmed('', 'q', body);
      assert.ok((await fetch(channel)).body.equals(body));
      await channel.publishConfirmed('', 'q', body);
      assert.ok((await (await Inbox.open(channel, 'q')).next()).body.equals(body));
    },
  ),
  'a body of many small frames': async (world) => {
    const channel = await (await world.connect({ frameMax: 8192 })).openChannel();
    await channel.declareQueue('q');
    const body = Buffer.alloc(100_000, 'abcdefghi');
    channel.publish('', 'q', body);
    assert.ok((await (await Inbox.open(channel, 'q')).next()).body.equals(body));
  },
  'all properties': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['x'], properties);
    assert.deepEqual((await fetch(channel)).properties, properties);
  },
  'no properties': async (world) => {
    const channel = await world.withQueue();
    await fill(channel, ['x']);
    assert.deepEqual((await fetch(channel)).properties, {});
  },
  'empty properties, which are not none': async (world) => {
    const channel = await world.withQueue();
    const empty = { contentType: '', correlationId: '', headers: {}, priority: 0, timestamp: 0 };
    await fill(channel, ['x'], empty);
    assert.deepEqual((await fetch(channel)).properties, empty);
  },
  ...eachOf(
    Object.keys(properties) as (keyof typeof properties)[],
    (name) => `${name} alone`,
    async (world, name) => {
      const channel = await world.withQueue();
      await fill(channel, ['x'], { [name]: properties[name] });
      assert.deepEqual((await fetch(channel)).properties, { [name]: properties[name] });
    },
  ),
  ...eachOf(
    Object.keys(fields),
    (name) => `${name} in a header`,
    async (world, name) => {
      const channel = await world.withQueue();
      const headers: FieldTable = { before: 1, field: fields[name], after: 2 };
      await fill(channel, ['x'], { headers });
      const received = (await fetch(channel)).properties.headers;
      assert.deepEqual(received, decodeTable(encodeTable(headers)));
    },
  ),
  'names of headers that are long or not ASCII': async (world) => {
    const channel = await world.withQueue();
    const headers = { ['n'.repeat(128)]: 1, größe: 2, '': 3 };
    await fill(channel, ['x'], { headers });
    assert.deepEqual((await fetch(channel)).properties.headers, headers);
  },
  'keys that are long or not ASCII': async (world) => {
    const channel = await world.withQueue();
    for (const key of ['k'.repeat(255), 'größe', 'a b\tc']) {
      await channel.bindQueue('q', 'amq.direct', key);
      await channel.publishConfirmed('amq.direct', key, 'x');
      assert.equal((await fetch(channel, 'q', true)).routingKey, key);
    }
  },
});
