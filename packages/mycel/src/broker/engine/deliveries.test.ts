import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { BrokerEngine } from './broker-engine.ts';

function clientWith(bodies: string): EngineClient {
  const client = new EngineClient(new BrokerEngine());
  client.declare('q');
  for (const body of bodies) client.publish('q', body);
  return client;
}

describe('Deliveries', () => {
  it('numbers what it sends, fetched and delivered alike', () => {
    const client = clientWith('abc');
    client.get('q', true);
    client.get('q');
    client.consume('q');
    const tags = client.received.map(({ method }) => ('deliveryTag' in method ? method.deliveryTag : 0));
    expect(tags).toEqual([1, 2, 3]);
  });

  it('tells with a fetched message how many are left, and when there is none', () => {
    const client = clientWith('ab');
    expect(client.get('q')?.method).toMatchObject({ name: 'basic.get-ok', messageCount: 1, redelivered: false });
    client.get('q');
    expect(client.get('q')).toBeUndefined();
    expect(client.sent.at(-1)).toEqual({ name: 'basic.get-empty' });
  });

  it('does not fetch from a quorum queue with a single active consumer', () => {
    const client = clientWith('');
    client.declare('s', { 'x-queue-type': 'quorum', 'x-single-active-consumer': true });
    expect(faultOf(() => client.get('s'))).toBe(
      "channel: 405 RESOURCE_LOCKED - cannot obtain access to locked queue 's' in vhost '/'. basic.get operations are not " +
        'supported by quorum queues with single active consumer',
    );
  });

  it.each([
    ['a tag that never was', (client: EngineClient) => client.ack(7), 7],
    ['a tag that is settled', (client: EngineClient) => client.ack(1), 1],
    ['a tag that is settled, with all before it', (client: EngineClient) => client.ack(1, true), 1],
    ['no tag', (client: EngineClient) => client.ack(0), 0],
    ['a tag of another channel', (client: EngineClient) => otherChannelAcks(client, 2), 2],
  ])('refuses %s', (_, settle, tag) => {
    const client = clientWith('ab');
    client.consume('q');
    client.ack(1);
    expect(faultOf(() => settle(client))).toBe(`channel: 406 PRECONDITION_FAILED - unknown delivery tag ${tag}`);
  });

  it('settles all up to a tag, and all there are for tag 0, of which there may be none', () => {
    const client = clientWith('abcd');
    client.consume('q');
    client.ack(2, true);
    expect(client.channel.status().unsettled).toBe(2);
    client.ack(0, true);
    client.ack(0, true);
    expect(client.channel.status().unsettled).toBe(0);
  });

  it('requeues all in their order before one of them is delivered again', () => {
    const client = clientWith('abcd');
    client.qos(3);
    client.consume('q');
    client.nack(3, true, true);
    expect(client.bodies).toEqual(['a', 'b', 'c', 'aR', 'bR', 'cR']);
  });

  it('recovers all that is unsettled', () => {
    const client = clientWith('abc');
    client.consume('q', { consumerTag: 'c' });
    client.ack(2);
    client.channel.handle({ name: 'basic.recover', requeue: true });
    expect(client.bodies.slice(3)).toEqual(['aR', 'cR']);
    expect(client.sent.at(-1)).toEqual({ name: 'basic.recover-ok' });
    client.cancel('c');
    client.channel.handle({ name: 'basic.recover-async', requeue: true });
    expect(client.count('q')).toBe(2);
  });

  it.each(['basic.recover', 'basic.recover-async'] as const)('cannot %s to the same consumer', (name) => {
    const client = clientWith('');
    expect(faultOf(() => client.channel.handle({ name, requeue: false }))).toBe(
      'connection: 540 NOT_IMPLEMENTED - requeue=false',
    );
  });

  it('limits the unsettled messages of each consumer to come, fetched ones aside', () => {
    const client = clientWith('abcdef');
    client.qos(2);
    client.consume('q', { consumerTag: 'x' });
    client.qos(1);
    client.consume('q', { consumerTag: 'y' });
    client.get('q');
    expect(client.bodies).toEqual(['a', 'b', 'c', 'd']);
    client.ack(4);
    client.ack(3);
    expect(client.received.at(-1)?.method).toMatchObject({ consumerTag: 'y' });
    client.ack(2, true);
    expect(client.bodies).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('limits the consumers of a channel together, and lets them go on when the limit is lifted', () => {
    const client = clientWith('abcd');
    client.qos(2, true);
    client.consume('q');
    client.consume('q');
    expect(client.bodies).toEqual(['a', 'b']);
    client.ack(1);
    expect(client.bodies).toEqual(['a', 'b', 'c']);
    client.qos(0, true);
    expect(client.bodies).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has no limit for a channel any more when one for consumers to come is set', () => {
    const client = clientWith('abc');
    client.qos(1, true);
    client.consume('q');
    client.qos(1);
    expect(client.bodies).toEqual(['a', 'b', 'c']);
  });

  it('counts what was fetched before the limit of a channel was set, as RabbitMQ does', () => {
    const client = clientWith('abc');
    client.get('q');
    client.qos(2, true);
    client.consume('q');
    expect(client.bodies).toEqual(['a', 'b']);
  });

  it('counts for the limit of a channel nothing that a transaction settled before it', () => {
    const client = clientWith('abc');
    client.qos(1);
    client.consume('q');
    client.consume('q');
    client.channel.handle({ name: 'tx.select' });
    client.ack(1);
    client.ack(2);
    client.qos(1, true);
    client.channel.handle({ name: 'tx.commit' });
    for (const body of 'de') client.publish('q', body);
    client.channel.handle({ name: 'tx.commit' });
    expect(client.bodies).toEqual(['a', 'b', 'c']);
  });

  it('lets every consumer of a channel go on when one of them makes room', () => {
    const client = clientWith('a');
    client.declare('p');
    client.publish('p', 'b');
    client.qos(1, true);
    client.consume('q');
    client.consume('p');
    expect(client.bodies).toEqual(['a']);
    client.ack(0, true);
    expect(client.bodies).toEqual(['a', 'b']);
  });

  it.each([false, true])('lets no consumer of a full channel wait for ever, settling multiple: %s', (multiple) => {
    const client = clientWith('aaaaaa');
    for (const queue of ['p', 'r']) {
      client.declare(queue);
      for (let count = 0; count < 6; count++) client.publish(queue, queue);
    }
    client.qos(1, true);
    for (const queue of ['q', 'p', 'r']) client.consume(queue);
    for (let tag = 1; tag <= 8; tag++) client.ack(tag, multiple);
    expect(client.bodies.toSorted()).toEqual(['a', 'a', 'a', 'p', 'p', 'p', 'r', 'r', 'r']);
  });

  it('answers a lifted limit before it delivers', () => {
    const client = clientWith('ab');
    client.qos(1, true);
    client.consume('q');
    const sentBefore: number[] = [];
    client.onMessage = () => sentBefore.push(client.sent.filter(({ name }) => name === 'basic.qos-ok').length);
    client.qos(0, true);
    expect(sentBefore).toEqual([2]);
  });
});

function otherChannelAcks(client: EngineClient, deliveryTag: number): void {
  client.openChannel().handle({ name: 'basic.ack', deliveryTag, multiple: false });
}
