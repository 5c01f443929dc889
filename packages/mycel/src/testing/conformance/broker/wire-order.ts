import assert from 'node:assert/strict';
import {
  Decimal,
  type FieldTable,
  protocol,
  typed,
  WireWriter,
  writeProperties,
} from '../../../protocol/codec/index.ts';
import { type BrokerBehaviour, behavioursOf } from './broker-behaviour.ts';
import { onWire, type WirePeer } from './wire-peer.ts';

const flags = { passive: false, durable: false, exclusive: false, autoDelete: false, noWait: false } as const;
const declare = { name: 'queue.declare', queue: 'q', ...flags, arguments: {} } as const;
const publish = { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false } as const;
const get = { name: 'basic.get', queue: 'q', noAck: true } as const;
const missing = { ...declare, queue: 'none', passive: true } as const;

/** Every type of a field table, under the tags that RabbitMQ knows; in the order of the names, which RabbitMQ 4 makes. */
const everyField: FieldTable = {
  A: [typed('s', 1), typed('l', 2), [null]],
  B: typed('B', 200),
  D: new Decimal(3, 12_345),
  F: { nested: typed('b', 1) },
  I: typed('I', -70_000),
  S: 'text',
  T: new Date(0),
  V: null,
  b: typed('b', -1),
  d: typed('d', 0.1),
  f: typed('f', 0.1),
  i: typed('i', 4_000_000_000),
  l: typed('l', 2n ** 40n),
  s: typed('s', -300),
  t: true,
  u: typed('u', 60_000),
  x: typed('x', Buffer.from([0, 255])),
};

/** Publishes a message without a body. */
function publishEmpty(peer: WirePeer): void {
  peer.send(1, publish);
  peer.sendHeader(1, 0);
}

const consume = {
  name: 'basic.consume',
  queue: 'q',
  consumerTag: 'mine',
  noLocal: false,
  noAck: true,
  exclusive: false,
  noWait: false,
  arguments: {},
} as const;

export const wireOrder: readonly BrokerBehaviour[] = behavioursOf('on the wire', {
  'properties arrive byte for byte, under the tags they were sent with': onWire(async (peer) => {
    const writer = new WireWriter();
    writeProperties(writer, { contentType: 'a/b', headers: everyField, priority: 1, timestamp: 5 });
    const rawProperties = writer.take();
    peer.send(1, declare, publish);
    peer.sendHeader(1, 0, rawProperties);
    peer.send(1, get);
    await peer.expect('queue.declare-ok');
    assert.deepEqual(Buffer.from((await peer.expectContent()).rawProperties), rawProperties);
  }),
  'a body may come in pieces of any size, also none': onWire(async (peer) => {
    peer.send(1, declare, publish);
    peer.sendHeader(1, 5);
    for (const part of ['a', '', 'bcd', 'e']) peer.sendFrame(protocol.FRAME_BODY, 1, Buffer.from(part));
    peer.send(1, get);
    await peer.expect('queue.declare-ok');
    assert.equal((await peer.expectContent()).body.toString(), 'abcde');
  }),
  'requests that are sent ahead are answered in order': onWire(async (peer) => {
    const qos = { name: 'basic.qos', prefetchSize: 0, prefetchCount: 1, global: false } as const;
    peer.send(1, declare, qos, get, { name: 'confirm.select', noWait: false });
    for (const name of ['queue.declare-ok', 'basic.qos-ok', 'basic.get-empty', 'confirm.select-ok'] as const) {
      await peer.expect(name);
    }
  }),
  'what follows a fault on its channel is dropped until the close is answered': onWire(async (peer, world) => {
    peer.send(1, missing, { ...declare, noWait: true }, get);
    await peer.expect('channel.close');
    peer.send(1, { ...declare, passive: true });
    peer.send(1, { name: 'channel.close-ok' });
    peer.send(1, { name: 'channel.open' });
    await peer.expect('channel.open-ok');
    peer.send(1, { ...declare, passive: true });
    const { replyText } = await peer.expect('channel.close');
    assert.equal(replyText, `NOT_FOUND - no ${world.in("queue 'q'")}`);
  }),
  'a close from both sides at once is answered': onWire(async (peer) => {
    const close = {
      name: 'channel.close',
      replyCode: 200,
      replyText: '',
      failedClassId: 0,
      failedMethodId: 0,
    } as const;
    peer.send(1, missing, close);
    await peer.expect('channel.close');
    await peer.expect('channel.close-ok');
    peer.send(1, { name: 'channel.close-ok' }, { name: 'channel.open' });
    await peer.expect('channel.open-ok');
  }),
  'the answer to a consumer comes before its first message': onWire(async (peer) => {
    peer.send(1, declare);
    publishEmpty(peer);
    peer.send(1, consume);
    await peer.expect('queue.declare-ok');
    await peer.expect('basic.consume-ok');
    await peer.expect('basic.deliver');
  }),
  'a consumer gets what its own connection published, though it asked not to': onWire(async (peer) => {
    peer.send(1, declare, { ...consume, noLocal: true });
    for (const name of ['queue.declare-ok', 'basic.consume-ok'] as const) await peer.expect(name);
    publishEmpty(peer);
    await peer.expect('basic.deliver');
  }),
  'a consumer with noWait has no answer': onWire(async (peer) => {
    peer.send(1, declare, { ...consume, noWait: true });
    await peer.expect('queue.declare-ok');
    publishEmpty(peer);
    assert.equal((await peer.expect('basic.deliver')).consumerTag, 'mine');
  }),
  'requests with noWait have no answers': onWire(async (peer) => {
    const binding = { exchange: 'amq.direct', routingKey: 'k', noWait: true, arguments: {} } as const;
    const exchanges = { destination: 'amq.fanout', source: 'amq.direct', routingKey: 'k', noWait: true, arguments: {} };
    peer.send(
      1,
      { ...declare, noWait: true },
      { name: 'queue.bind', queue: 'q', ...binding },
      { name: 'exchange.bind', ...exchanges },
      { name: 'exchange.unbind', ...exchanges },
      { name: 'queue.purge', queue: 'q', noWait: true },
      { name: 'confirm.select', noWait: true },
      { ...consume, noWait: true },
      { name: 'basic.cancel', consumerTag: 'mine', noWait: true },
      { name: 'exchange.delete', exchange: 'none', ifUnused: false, noWait: true },
      { name: 'queue.delete', queue: 'q', ifUnused: false, ifEmpty: false, noWait: true },
      { name: 'basic.qos', prefetchSize: 0, prefetchCount: 1, global: false },
    );
    await peer.expect('basic.qos-ok');
  }),
  'a consumer that did not ask to be told is not told that its queue is gone': onWire(async (peer) => {
    const deletion = { name: 'queue.delete', queue: 'q', ifUnused: false, ifEmpty: false, noWait: false } as const;
    peer.send(1, declare, consume);
    for (const name of ['queue.declare-ok', 'basic.consume-ok'] as const) await peer.expect(name);
    peer.send(1, deletion, deletion);
    for (const name of ['queue.delete-ok', 'queue.delete-ok'] as const) await peer.expect(name);
  }),
  'a confirm names the number of its message, and may cover those before': onWire(async (peer) => {
    peer.send(1, declare, { name: 'confirm.select', noWait: false });
    await peer.expect('queue.declare-ok');
    await peer.expect('confirm.select-ok');
    for (let i = 0; i < 5; i++) publishEmpty(peer);
    const confirmed = new Set<number>();
    while (confirmed.size < 5) {
      const { deliveryTag, multiple } = await peer.expect('basic.ack');
      for (let tag = multiple ? 1 : deliveryTag; tag <= deliveryTag; tag++) confirmed.add(tag);
    }
    assert.deepEqual(confirmed, new Set([1, 2, 3, 4, 5]));
  }),
  'a message sent back comes before its confirm': onWire(async (peer) => {
    peer.send(1, { name: 'confirm.select', noWait: false }, { ...publish, mandatory: true });
    peer.sendHeader(1, 0);
    for (const name of ['confirm.select-ok', 'basic.return', 'basic.ack'] as const) await peer.expect(name);
  }),
  'a heartbeat may come at any time': onWire(async (peer) => {
    peer.send(1, declare, publish);
    peer.sendFrame(protocol.FRAME_HEARTBEAT, 0, Buffer.alloc(0));
    peer.sendHeader(1, 1);
    peer.sendFrame(protocol.FRAME_HEARTBEAT, 0, Buffer.alloc(0));
    peer.sendFrame(protocol.FRAME_BODY, 1, Buffer.from('x'));
    peer.send(1, get);
    await peer.expect('queue.declare-ok');
    await peer.expect('basic.get-ok');
  }),
  'a goodbye is answered': onWire(async (peer) => {
    const bye = {
      name: 'connection.close',
      replyCode: 200,
      replyText: 'bye',
      failedClassId: 0,
      failedMethodId: 0,
    } as const;
    peer.send(0, bye);
    await peer.expect('connection.close-ok');
  }),
});
