import { describe, expect, it } from 'vitest';
import { EngineClient, faultOf } from '../../../../../tests/support/engine-client.ts';
import { ManualClock } from '../../../../../tests/support/manual-clock.ts';
import { BrokerEngine } from './broker-engine.ts';

function setUp(): { clock: ManualClock; engine: BrokerEngine; client: EngineClient } {
  const clock = new ManualClock();
  const engine = new BrokerEngine({ clock });
  return { clock, engine, client: new EngineClient(engine) };
}

function publishAll(client: EngineClient, bodies: string): void {
  for (const body of bodies) client.publish('q', body);
}

describe('Queue', () => {
  it('keeps messages in order until a consumer comes', () => {
    const { client } = setUp();
    client.declare('q');
    publishAll(client, 'abc');
    expect(client.count('q')).toBe(3);
    client.consume('q');
    publishAll(client, 'd');
    expect(client.bodies).toEqual(['a', 'b', 'c', 'd']);
  });

  it('answers a consumer before it gives it a message', () => {
    const { client } = setUp();
    client.declare('q');
    publishAll(client, 'a');
    const sentBefore: string[] = [];
    client.onMessage = () => sentBefore.push(...client.sent.map(({ name }) => name));
    client.consume('q');
    expect(sentBefore).toContain('basic.consume-ok');
  });

  it('gives its messages to its consumers in turn', () => {
    const { client } = setUp();
    client.declare('q');
    for (const consumerTag of ['x', 'y', 'z']) client.consume('q', { consumerTag, noAck: true });
    publishAll(client, 'abcdef');
    const tags = client.received.map(({ method }) => ('consumerTag' in method ? method.consumerTag : ''));
    expect(tags.join('')).toBe('xyzxyz');
  });

  it('puts messages back where they were, before any is delivered again', () => {
    const { client } = setUp();
    client.declare('q');
    publishAll(client, 'abcde');
    for (let count = 0; count < 4; count++) client.get('q');
    client.nack(3);
    client.nack(1);
    client.nack(4);
    expect(client.count('q')).toBe(4);
    client.received.length = 0;
    client.consume('q', { noAck: true });
    expect(client.bodies).toEqual(['aR', 'cR', 'dR', 'e']);
  });

  it('takes ten times the time for ten times the messages, requeued in the middle too', () => {
    const operations = (messages: number): number => {
      const { client } = setUp();
      client.declare('q');
      for (let count = 0; count < messages; count++) client.publish('q', 'x');
      client.consume('q');
      const before = client.received.length;
      for (let tag = 1; tag <= messages; tag += 2) client.nack(tag);
      client.nack(0, true, true);
      return client.received.length - before;
    };
    // Quadratic cost would not end within the time of a test.
    expect(operations(100_000)).toBe(50_000 + 100_000);
  });

  it('delivers those of higher priority first, and caps what is above its own highest', () => {
    const { client } = setUp();
    client.declare('q', { 'x-max-priority': 5 });
    for (const [body, priority] of [
      ['a', 0],
      ['b', 5],
      ['c', 9],
      ['d', 3],
    ] as const) {
      client.publish('q', body, { priority });
    }
    client.publish('q', 'e');
    client.get('q');
    client.nack(1);
    client.received.length = 0;
    client.consume('q', { noAck: true });
    expect(client.bodies).toEqual(['bR', 'c', 'd', 'a', 'e']);
  });

  it('drops the first message when it becomes too long', () => {
    const { client } = setUp();
    client.declare('q', { 'x-max-length': 2 });
    publishAll(client, 'abcd');
    client.consume('q');
    expect(client.bodies).toEqual(['c', 'd']);
  });

  it('drops the first message when one that came back makes it too long', () => {
    const { client } = setUp();
    client.declare('q', { 'x-max-length': 2 });
    publishAll(client, 'ab');
    client.get('q');
    publishAll(client, 'c');
    client.nack(1);
    expect(client.count('q')).toBe(2);
    expect(client.get('q')?.message.body.toString()).toBe('b');
  });

  it('counts the bytes of bodies for its length in bytes', () => {
    const { client } = setUp();
    client.declare('q', { 'x-max-length-bytes': 5 });
    for (const body of ['12', '345', '6']) client.publish('q', body, { messageId: 'a long property' });
    expect(client.count('q')).toBe(2);
    expect(client.get('q')?.message.body.toString()).toBe('345');
  });

  it('refuses a message beyond its length when it was declared so, and the publisher learns it', () => {
    const { client } = setUp();
    client.declare('q', { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
    client.channel.handle({ name: 'confirm.select', noWait: true });
    publishAll(client, 'ab');
    expect(client.sent.slice(-2)).toEqual([
      { name: 'basic.ack', deliveryTag: 1, multiple: false },
      { name: 'basic.nack', deliveryTag: 2, multiple: false, requeue: true },
    ]);
    expect(client.get('q')?.message.body.toString()).toBe('a');
  });

  it('drops messages when their time has passed, without anyone asking for them', () => {
    const { client, clock, engine } = setUp();
    client.declare('q', { 'x-message-ttl': 100 });
    publishAll(client, 'a');
    clock.advance(60);
    publishAll(client, 'b');
    clock.advance(40);
    expect(engine.status().vhosts[0]?.queues[0]?.ready).toBe(1);
    clock.advance(60);
    expect(engine.status().memory.usedBytes).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it('drops an expired message only when it is the first', () => {
    const { client, clock } = setUp();
    client.declare('q');
    client.publish('q', 'long', { expiration: '1000' });
    client.publish('q', 'short', { expiration: '10' });
    clock.advance(500);
    expect(client.count('q')).toBe(2);
    client.get('q', true);
    expect(client.count('q')).toBe(0);
  });

  it('gives a consumer nothing that has expired behind the first', () => {
    const { client, clock } = setUp();
    client.declare('q');
    client.publish('q', 'long');
    client.publish('q', 'short', { expiration: '10' });
    clock.advance(10);
    client.consume('q');
    expect(client.bodies).toEqual(['long']);
  });

  it('takes the shorter of the times that message and queue give', () => {
    const { client, clock } = setUp();
    client.declare('q', { 'x-message-ttl': 100 });
    client.publish('q', 'a', { expiration: '10' });
    clock.advance(10);
    expect(client.count('q')).toBe(0);
    client.publish('q', 'b', { expiration: '1000' });
    clock.advance(100);
    expect(client.count('q')).toBe(0);
  });

  it('gives a message without any time to a consumer that is ready, and to nobody else', () => {
    const { client } = setUp();
    client.declare('q', { 'x-message-ttl': 0 });
    publishAll(client, 'a');
    client.qos(1);
    client.consume('q');
    publishAll(client, 'bc');
    client.nack(1);
    expect(client.bodies).toEqual(['b']);
    expect(client.count('q')).toBe(0);
  });

  it('lets a message that came back expire at its old time', () => {
    const { client, clock } = setUp();
    client.declare('q', { 'x-message-ttl': 100 });
    publishAll(client, 'a');
    client.get('q');
    clock.advance(60);
    client.nack(1);
    expect(client.count('q')).toBe(1);
    clock.advance(40);
    expect(client.count('q')).toBe(0);
  });

  it('deletes itself when nobody has used it for the time of x-expires', () => {
    const { client, clock, engine } = setUp();
    client.declare('q', { 'x-expires': 100 });
    clock.advance(99);
    client.get('q');
    clock.advance(99);
    client.declare('q', { 'x-expires': 100 });
    clock.advance(99);
    client.consume('q', { consumerTag: 'c' });
    clock.advance(1000);
    client.cancel('c');
    clock.advance(99);
    expect(engine.status().vhosts[0]?.queues).toHaveLength(1);
    clock.advance(1);
    expect(engine.status().vhosts[0]?.queues).toHaveLength(0);
    expect(clock.timerCount).toBe(0);
  });

  it('forgets its messages when it is deleted, and those still unsettled when they are settled', () => {
    const { client, engine } = setUp();
    client.declare('q');
    publishAll(client, 'abc');
    client.get('q');
    client.get('q');
    client.channel.handle({ name: 'queue.delete', queue: 'q', ifEmpty: false, ifUnused: false, noWait: false });
    expect(client.sent.at(-1)).toEqual({ name: 'queue.delete-ok', messageCount: 1 });
    client.nack(1);
    client.ack(2);
    expect(engine.status().memory.usedBytes).toBe(0);
    expect(faultOf(() => client.count('q'))).toContain('404 NOT_FOUND');
  });

  it('puts what a client requeues at the end of a quorum queue, unless that has a limit', () => {
    const { client } = setUp();
    client.declare('q', { 'x-queue-type': 'quorum' });
    client.declare('limited', { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 });
    const orderOf = (queue: string): string => {
      for (const body of 'abcd') client.publish(queue, body);
      const tags = [1, 2, 3]
        .map(() => client.get(queue)?.method)
        .map((one) => (one && 'deliveryTag' in one ? one.deliveryTag : 0));
      for (const index of [1, 0, 2]) client.nack(tags[index]!);
      return [1, 2, 3, 4].map(() => client.get(queue, true)?.message.body.toString()).join('');
    };
    expect(orderOf('q')).toBe('dbac');
    expect(orderOf('limited')).toBe('bacd');
  });

  it('puts what a client that has gone did not settle in front, in a quorum queue too', () => {
    const { client, engine } = setUp();
    client.declare('q', { 'x-queue-type': 'quorum' });
    publishAll(client, 'abc');
    client.get('q');
    client.get('q');
    client.channel.close();
    const other = new EngineClient(engine);
    other.consume('q');
    expect(other.bodies).toEqual(['aR', 'bR', 'c']);
  });

  it('takes nothing when it is deleted, and dead-letters nothing', () => {
    const { client, engine } = setUp();
    client.declare('dead');
    client.declare('q', { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' });
    publishAll(client, 'a');
    client.get('q');
    const transaction = client.openChannel();
    transaction.handle({ name: 'tx.select' });
    transaction.publish(
      { name: 'basic.publish', exchange: '', routingKey: 'q', mandatory: false, immediate: false },
      { rawProperties: Buffer.of(0, 0), body: Buffer.from('b') },
    );
    client.channel.handle({ name: 'queue.delete', queue: 'q', ifEmpty: false, ifUnused: false, noWait: true });
    client.nack(1, false);
    transaction.handle({ name: 'tx.commit' });
    expect(client.count('dead')).toBe(0);
    expect(engine.status().memory.usedBytes).toBe(0);
  });

  it('tells of a quorum queue how many times a message came back, and lets it go beyond the limit', () => {
    const { client } = setUp();
    client.declare('q', { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 });
    publishAll(client, 'a');
    client.consume('q');
    client.nack(1);
    client.nack(2);
    client.nack(3);
    const counts = client.received.map(({ message }) => message.properties.headers?.['x-delivery-count']);
    expect(counts).toEqual([undefined, 1, 2]);
    expect(client.count('q')).toBe(0);
  });
});
