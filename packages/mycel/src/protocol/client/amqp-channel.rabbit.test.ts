import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { useFreshVhost } from '../../../../../tests/support/fresh-vhost.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../../foundation/deferred.ts';
import { type FieldTable, typed } from '../codec/field-value.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { Delivery, ReturnedMessage } from './message.ts';

forbidUnhandledRejections();

const rabbit = useFreshVhost();
let connection: AmqpConnection;
let channel: AmqpChannel;
let queue: string;

beforeEach(async () => {
  connection = await AmqpConnection.connect(connectOptionsOf(rabbit.uri));
  channel = await connection.openChannel();
  ({ queue } = await channel.declareQueue('', { exclusive: true }));
});

afterEach(async () => {
  await connection.close();
});

/** Consumes until so many messages came. */
async function received(count: number, from = channel): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  const all = deferred<Delivery[]>();
  await from.consume(queue, (delivery) => {
    deliveries.push(delivery);
    if (deliveries.length === count) all.resolve(deliveries);
  });
  return all.promise;
}

describe('messages through RabbitMQ', () => {
  it('arrive as they were sent, with every property', async () => {
    const properties: MessageProperties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: { text: 'é', nested: { list: [1, null, true, 'x'] }, large: 2 ** 33, negative: -(2 ** 40) },
      deliveryMode: 2,
      priority: 3,
      correlationId: 'c',
      replyTo: 'r',
      expiration: '60000',
      messageId: 'm',
      timestamp: 1_700_000_000,
      type: 't',
      userId: connectOptionsOf(rabbit.uri).credentials.username,
      appId: 'a',
      clusterId: 'k',
    };
    channel.publish('', queue, 'körper', properties);
    const [delivery] = await received(1);
    expect(delivery).toMatchObject({ exchange: '', routingKey: queue, redelivered: false, properties });
    expect(delivery?.body.toString()).toBe('körper');
  });

  it('keep header values of every type that RabbitMQ knows', async () => {
    const headers: FieldTable = {
      b: typed('b', -7),
      B: typed('B', 200),
      s: typed('s', -300),
      u: typed('u', 65_535),
      I: 2 ** 31 - 1,
      i: typed('i', 2 ** 32 - 1),
      l: typed('l', -1),
      L: 2n ** 62n,
      f: typed('f', 0.5),
      d: 0.1,
      t: new Date(86_400_000),
      v: null,
      x: Buffer.of(0, 255),
    };
    channel.publish('', queue, '', { headers });
    const [delivery] = await received(1);
    expect(delivery?.properties.headers).toEqual({
      ...headers,
      b: -7,
      B: 200,
      s: -300,
      u: 65_535,
      i: 2 ** 32 - 1,
      l: -1,
      f: 0.5,
    });
  });

  it.each([0, 1, 131_064, 131_065, 3_000_000])('arrive with a body of %i bytes', async (size) => {
    const body = Buffer.alloc(size, 'mycel');
    channel.publish('', queue, body);
    const [delivery] = await received(1);
    expect(delivery?.body.equals(body)).toBe(true);
  });

  it('arrive in the order sent, acknowledged several at once', async () => {
    await channel.qos(50);
    const seen: number[] = [];
    const done = deferred();
    await channel.consume(queue, ({ body, deliveryTag }) => {
      seen.push(Number(body.toString()));
      if (seen.length % 10 === 0) channel.ack(deliveryTag, true);
      if (seen.length === 500) done.resolve();
    });
    for (let index = 0; index < 500; index++) channel.publish('', queue, String(index));
    await done.promise;
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  it('come again when refused with requeue or recovered, and not when rejected without', async () => {
    channel.publish('', queue, 'x');
    const first = await channel.get(queue);
    channel.nack(first?.deliveryTag ?? 0);
    const second = await channel.get(queue);
    expect(second?.redelivered).toBe(true);
    await channel.recover(true);
    const third = await channel.get(queue);
    channel.reject(third?.deliveryTag ?? 0, false);
    expect(await channel.get(queue)).toBeUndefined();
  });

  it('come back when mandatory and without a queue, to callback or promise', async () => {
    const back = new Promise<ReturnedMessage>((resolve) => {
      channel.onReturn = resolve;
    });
    channel.publish('', 'no-such-queue', 'body', { messageId: '1' }, { mandatory: true });
    expect(await back).toMatchObject({ replyCode: 312, routingKey: 'no-such-queue', properties: { messageId: '1' } });
    await channel.confirmSelect();
    const outcomes = await Promise.all(
      ['a', 'b', 'c', 'd'].map((correlationId, index) =>
        channel.publishConfirmed('', index % 2 ? 'no-such-queue' : queue, '', { correlationId }, { mandatory: true }),
      ),
    );
    expect(outcomes.map(({ returned }) => returned?.replyCode)).toEqual([undefined, 312, undefined, 312]);
  });
});

describe('confirms of RabbitMQ', () => {
  it('come for thousands of publishes under way', async () => {
    await channel.confirmSelect();
    const publishes = Array.from({ length: 5_000 }, (_, index) => channel.publishConfirmed('', queue, String(index)));
    await Promise.all(publishes);
    expect(await channel.purgeQueue(queue)).toEqual({ messageCount: 5_000 });
  });

  it('say that a full queue took no more', async () => {
    const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' };
    const full = await channel.declareQueue('', { exclusive: true, arguments: limits });
    await channel.confirmSelect();
    await channel.publishConfirmed('', full.queue, 'fits');
    await expect(channel.publishConfirmed('', full.queue, 'too many')).rejects.toMatchObject({
      code: 'MYCEL_AMQP_NACKED',
    });
  });

  it('are rejected when the channel is closed for a missing exchange', async () => {
    await channel.confirmSelect();
    await expect(channel.publishConfirmed('no-such-exchange', '', 'x')).rejects.toMatchObject({
      code: 'MYCEL_AMQP_CHANNEL_CLOSED',
      cause: { replyCode: 404, method: 'basic.publish' },
    });
  });
});

describe('a channel that RabbitMQ closes while it is being closed', () => {
  it('leaves its connection alone', async () => {
    channel.publish('no-such-exchange', '', 'x');
    await channel.close();
    expect(await channel.closed).toMatchObject({ reason: 'server', error: { replyCode: 404 } });
    const others = [await connection.openChannel(), await connection.openChannel()];
    for (const other of others) await other.qos(1);
    expect(connection.isOpen).toBe(true);
  });
});

describe('topology in RabbitMQ', () => {
  it('routes through bound exchanges and queues until they are unbound', async () => {
    await channel.declareExchange('source', 'topic', { autoDelete: true });
    await channel.declareExchange('target', 'headers', { durable: true });
    await channel.bindExchange('target', 'source', 'orders.#');
    await channel.bindQueue(queue, 'target', '', { 'x-match': 'all', tenant: 'a' });
    await channel.confirmSelect();
    const publish = () =>
      channel.publishConfirmed('source', 'orders.new', '', { headers: { tenant: 'a' } }, { mandatory: true });
    expect(await publish()).toEqual({});
    await channel.unbindQueue(queue, 'target', '', { 'x-match': 'all', tenant: 'a' });
    expect(await publish()).toMatchObject({ returned: { replyCode: 312 } });
    await channel.unbindExchange('target', 'source', 'orders.#');
    await channel.deleteExchange('target');
    await expect(channel.declareExchange('target', 'headers', { passive: true })).rejects.toMatchObject({
      replyCode: 404,
    });
  });

  it('counts messages and consumers, and deletes', async () => {
    await channel.declareQueue('orders', { durable: true, arguments: { 'x-expires': 60_000 } });
    channel.publish('', 'orders', 'x');
    await channel.consume(queue, () => undefined);
    expect(await channel.declareQueue('orders', { passive: true })).toMatchObject({
      messageCount: 1,
      consumerCount: 0,
    });
    expect(await channel.deleteQueue('orders')).toEqual({ messageCount: 1 });
  });

  it('refuses a queue that exists with other settings', async () => {
    await channel.declareQueue('orders', { durable: true });
    await expect(channel.declareQueue('orders', { durable: false, autoDelete: true })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_SERVER',
      replyCode: 406,
      method: 'queue.declare',
    });
  });
});
