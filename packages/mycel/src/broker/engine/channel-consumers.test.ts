import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import type { FieldTable } from '../../protocol/codec/index.ts';
import { BrokerEngine } from './broker-engine.ts';

function newClient(args: FieldTable = {}, engine = new BrokerEngine()): EngineClient {
  const client = new EngineClient(engine);
  client.declare('q', args);
  return client;
}

/** Who got the messages. */
function takers(client: EngineClient): string {
  return client.received.map(({ method }) => ('consumerTag' in method ? method.consumerTag : '-')).join(' ');
}

describe('ChannelConsumers', () => {
  it('names a consumer that has no name', () => {
    const client = newClient();
    client.consume('q');
    expect(client.sent.at(-1)).toMatchObject({ consumerTag: expect.stringMatching(/^amq\.ctag-[\w-]{22}$/) });
  });

  it('stops delivering when a consumer is cancelled, and leaves it what it has', () => {
    const client = newClient();
    client.consume('q', { consumerTag: 'c' });
    client.publish('q', 'a');
    client.cancel('c');
    expect(client.sent.at(-1)).toEqual({ name: 'basic.cancel-ok', consumerTag: 'c' });
    client.publish('q', 'b');
    client.ack(1);
    expect([client.bodies, client.count('q')]).toEqual([['a'], 1]);
  });

  it('cancels a consumer that is not there', () => {
    const client = newClient();
    client.cancel('nobody');
    expect(client.sent.at(-1)).toEqual({ name: 'basic.cancel-ok', consumerTag: 'nobody' });
  });

  it.each([
    ['a tag twice', { consumerTag: 'there' }, "connection: 530 NOT_ALLOWED - attempt to reuse consumer tag 'there'"],
    [
      'alone when another does',
      { exclusive: true },
      "channel: 403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use",
    ],
    ['a queue that is not there', { queue: 'p' }, "channel: 404 NOT_FOUND - no queue 'p' in vhost '/'"],
    [
      'with a priority that is no number',
      { arguments: { 'x-priority': 'high' } },
      `channel: 406 PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': "expected integer, got longstr"`,
    ],
    [
      'with an argument of streams',
      { arguments: { 'x-stream-offset': 'first' } },
      "channel: 406 PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 'q' in vhost '/' of queue type rabbit_classic_queue",
    ],
    [
      'with an argument it does not know',
      { arguments: { 'x-new': 1 } },
      "channel: 406 PRECONDITION_FAILED - invalid arg 'x-new' for queue 'q' in vhost '/': the embedded broker does not support it",
    ],
  ])('refuses to consume %s', (_, options, fault) => {
    const client = newClient();
    client.consume('q', { consumerTag: 'there' });
    expect(faultOf(() => client.consume('q', options))).toBe(fault);
  });

  it('refuses anyone else a queue that is consumed exclusively, until that ends', () => {
    const engine = new BrokerEngine();
    const client = newClient({}, engine);
    client.consume('q', { exclusive: true });
    const other = new EngineClient(engine);
    expect(faultOf(() => other.consume('q'))).toContain('403 ACCESS_REFUSED');
    client.channel.close();
    other.consume('q');
    expect(other.sent.at(-1)?.name).toBe('basic.consume-ok');
  });

  it('limits the consumers of a channel', () => {
    const client = newClient({}, new BrokerEngine({ maxConsumers: 2 }));
    client.consume('q');
    client.consume('q');
    expect(faultOf(() => client.consume('q'))).toContain('530 NOT_ALLOWED');
  });

  it('limits the consumers of a virtual host, and forgets those that have gone', () => {
    const engine = new BrokerEngine({ maxVhostConsumers: 2 });
    const client = newClient({}, engine);
    const other = new EngineClient(engine);
    client.consume('q', { consumerTag: 'one' });
    other.consume('q');
    expect(faultOf(() => client.consume('q'))).toContain('530 NOT_ALLOWED - consumer limit in vhost');
    client.cancel('one');
    other.connection.close();
    client.declare('other');
    client.consume('other');
    client.consume('other');
    expect(faultOf(() => client.consume('q'))).toContain('530 NOT_ALLOWED');
    client.channel.handle({ name: 'queue.delete', queue: 'other', ifUnused: false, ifEmpty: false, noWait: true });
    client.consume('q');
    client.consume('q');
    expect(faultOf(() => client.consume('q'))).toContain('530 NOT_ALLOWED');
  });

  it('serves consumers of higher priority while they have room', () => {
    const client = newClient();
    client.qos(2);
    client.consume('q', { consumerTag: 'low' });
    client.consume('q', { consumerTag: 'high', arguments: { 'x-priority': 5 } });
    for (const body of 'abcde') client.publish('q', body);
    expect(takers(client)).toBe('high high low low');
    client.ack(1);
    expect(takers(client)).toBe('high high low low high');
  });

  it('has one active consumer where the queue wants it, and then the next of the highest priority', () => {
    const client = newClient({ 'x-single-active-consumer': true });
    client.consume('q', { consumerTag: 'first', noAck: true });
    client.consume('q', { consumerTag: 'second', noAck: true });
    client.consume('q', { consumerTag: 'third', noAck: true, arguments: { 'x-priority': 1 } });
    client.publish('q', 'a');
    client.publish('q', 'b');
    client.consume('q', { consumerTag: 'fourth', noAck: true });
    client.cancel('first');
    client.publish('q', 'c');
    client.cancel('third');
    client.publish('q', 'd');
    expect(takers(client)).toBe('first first third second');
  });

  it('lets nobody consume exclusively where the queue has one active consumer anyway', () => {
    const client = newClient({ 'x-single-active-consumer': true });
    expect(faultOf(() => client.consume('q', { exclusive: true }))).toContain('in exclusive use');
  });

  it('tells consumers that their queue was deleted, if their client understands it', () => {
    const engine = new BrokerEngine();
    const client = newClient({}, engine);
    const simple = new EngineClient(engine, { clientProperties: {} });
    client.consume('q', { consumerTag: 'c' });
    simple.consume('q', { consumerTag: 'c' });
    simple.channel.handle({ name: 'queue.delete', queue: 'q', ifUnused: false, ifEmpty: false, noWait: true });
    expect(client.sent.at(-1)).toEqual({ name: 'basic.cancel', consumerTag: 'c', noWait: true });
    expect(simple.sent.map(({ name }) => name)).not.toContain('basic.cancel');
    expect(simple.channel.status().consumers).toBe(0);
  });

  it('does not consume a quorum queue under a limit for the channel', () => {
    const client = newClient({ 'x-queue-type': 'quorum' });
    client.qos(1, true);
    expect(faultOf(() => client.consume('q'))).toBe(
      "connection: 540 NOT_IMPLEMENTED - queue 'q' in vhost '/' does not support global qos",
    );
  });
});
