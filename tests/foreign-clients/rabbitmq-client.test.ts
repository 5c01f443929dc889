import { type AsyncMessage, type Channel, Connection, ConsumerStatus, type ReturnedMessage } from 'rabbitmq-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/mycel/src/testing/conformance/transport/inbox.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';
import { RestartableBroker } from './restartable-broker.ts';

forbidUnhandledRejections();

let broker: RestartableBroker;
let connection: Connection;
let channel: Channel;
let errors: Inbox<unknown>;

beforeAll(async () => {
  broker = await RestartableBroker.start();
});
afterAll(async () => broker[Symbol.asyncDispose]());
beforeEach(async () => {
  errors = new Inbox('an error of the connection');
  connection = new Connection({ url: broker.uri, retryLow: 10, retryHigh: 50 });
  connection.on('error', (error) => errors.add(error));
  channel = await connection.acquire();
});
afterEach(async () => {
  await channel.close();
  await connection.close();
});

async function consume(queue: string, noAck = false): Promise<Inbox<AsyncMessage>> {
  const inbox = new Inbox<AsyncMessage>('a message');
  await channel.basicConsume({ queue, noAck }, (message) => inbox.add(message));
  return inbox;
}

describe('rabbitmq-client', () => {
  it('calls and is answered by way of direct reply-to', async () => {
    const server = connection.createConsumer(
      { queue: 'sum', queueOptions: { exclusive: true } },
      async (message, reply) => {
        // What the client below sends.
        const [a, b] = message.body as [number, number];
        await reply(a + b);
      },
    );
    await new Promise((resolve) => server.once('ready', resolve));
    const client = connection.createRPCClient({ confirm: true });
    const answers = await Promise.all([1, 2, 3].map(async (n) => (await client.send('sum', [n, 10])).body as unknown));
    expect(answers).toEqual([11, 12, 13]);
    await client.close();
    await server.close();
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again first', async () => {
    const seen = new Inbox<[unknown, boolean]>('a message');
    const worker = connection.createConsumer(
      { queue: 'work', queueOptions: { exclusive: true }, qos: { prefetchCount: 1 } },
      (message) => {
        seen.add([message.body, message.redelivered]);
        if (message.body === 'drop') return ConsumerStatus.DROP;
        return message.redelivered ? ConsumerStatus.ACK : ConsumerStatus.REQUEUE;
      },
    );
    await new Promise((resolve) => worker.once('ready', resolve));
    const publisher = connection.createPublisher({ confirm: true });
    for (const body of ['one', 'drop', 'two']) await publisher.send('work', body);
    expect(await seen.first(5)).toEqual([
      ['one', false],
      ['one', true],
      ['drop', false],
      ['two', false],
      ['two', true],
    ]);
    await publisher.close();
    await worker.close();
    expect(worker.stats).toMatchObject({ acknowledged: 2, requeued: 2, dropped: 1 });
  });

  it('hears what its topics match, with headers as they were sent', async () => {
    const { queue } = await channel.queueDeclare({ exclusive: true });
    const publisher = connection.createPublisher({
      confirm: true,
      exchanges: [{ exchange: 'events', type: 'topic' }],
      queueBindings: [{ queue, exchange: 'events', routingKey: 'order.#' }],
    });
    const headers = { n: 1, big: 2 ** 40, float: 1.5, yes: true, no: null, list: [1, 'two'], at: { deep: 'down' } };
    await publisher.send({ exchange: 'events', routingKey: 'stock.low' }, 'not this');
    await publisher.send({ exchange: 'events', routingKey: 'order.paid', headers }, { total: 12 });
    const inbox = await consume(queue, true);
    expect(await inbox.nth(1)).toMatchObject({ routingKey: 'order.paid', headers, body: { total: 12 } });
    await publisher.close();
  });

  it('is confirmed what was published, and is sent back what no queue takes', async () => {
    const returned = new Inbox<ReturnedMessage>('a return');
    const publisher = connection.createPublisher({ confirm: true });
    publisher.on('basic.return', (message: ReturnedMessage) => returned.add(message));
    await publisher.send({ routingKey: 'nobody', mandatory: true }, 'x');
    expect(await returned.nth(1)).toMatchObject({
      replyCode: 312,
      replyText: 'NO_ROUTE',
      routingKey: 'nobody',
      body: 'x',
    });
    await publisher.close();
  });

  it('is told with a nack that a full queue took no more', async () => {
    const { queue } = await channel.queueDeclare({
      exclusive: true,
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await channel.confirmSelect();
    await channel.basicPublish(queue, 'fits');
    await expect(channel.basicPublish(queue, 'does not')).rejects.toMatchObject({ code: 'NACK' });
  });

  it('finds what it dropped in the dead letter queue, with the story of it', async () => {
    const { queue: dead } = await channel.queueDeclare({ exclusive: true });
    const buried = await consume(dead, true);
    const { queue } = await channel.queueDeclare({
      exclusive: true,
      arguments: { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead },
    });
    await channel.basicPublish(queue, 'bad');
    channel.basicNack({ deliveryTag: (await (await consume(queue)).nth(1)).deliveryTag, requeue: false });
    const death = (await buried.nth(1)).headers?.['x-death'] as unknown; // a table's field, of any type
    expect(death).toMatchObject([{ queue, reason: 'rejected', count: 1, 'routing-keys': [queue] }]);
  });

  it('sends and receives a message of many frames', async () => {
    const { queue } = await channel.queueDeclare({ exclusive: true });
    const inbox = await consume(queue, true);
    const body = Buffer.alloc(5_000_000, 'large ');
    await channel.basicPublish(queue, body);
    const received: unknown = (await inbox.nth(1)).body;
    expect(Buffer.isBuffer(received) && received.equals(body)).toBe(true);
  });

  it('is told that its consumer is gone as the queue was deleted', async () => {
    const { queue } = await channel.queueDeclare({ queue: 'doomed' });
    const { consumerTag } = await channel.basicConsume({ queue }, () => undefined);
    const cancelled = new Promise((resolve) => channel.once('basic.cancel', resolve));
    await connection.queueDelete(queue);
    expect(await cancelled).toBe(consumerTag);
  });

  it('loses a channel by a mistake, told why, and goes on with another', async () => {
    const closed = new Promise<void>((resolve) => channel.once('close', resolve));
    await expect(channel.queueDeclare({ queue: 'nowhere', passive: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining("no queue 'nowhere' in vhost '/'"),
    });
    await closed;
    const next = await connection.acquire();
    await expect(next.queueDeclare({ exclusive: true })).resolves.toMatchObject({ messageCount: 0 });
    await next.close();
  });

  it('reconnects and consumes again when the broker was restarted', async () => {
    const seen = new Inbox<unknown>('a message');
    const consumer = connection.createConsumer({ queue: 'back', queueOptions: { durable: false } }, (message) =>
      seen.add(message.body),
    );
    await new Promise((resolve) => consumer.once('ready', resolve));
    const again = new Promise((resolve) => consumer.once('ready', resolve));
    await broker.restart();
    expect(await errors.nth(1)).toMatchObject({ code: 'CONNECTION_FORCED' });
    await again;
    const publisher = connection.createPublisher({ confirm: true, maxAttempts: 3 });
    await publisher.send('back', 'again');
    expect(await seen.nth(1)).toBe('again');
    await publisher.close();
    await consumer.close();
  });
});
