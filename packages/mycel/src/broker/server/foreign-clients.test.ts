import { connect } from 'amqplib';
import { Connection } from 'rabbitmq-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

let broker: EmbeddedBroker;

beforeAll(async () => {
  broker = await startBroker({ port: 0 });
});
afterAll(async () => broker.close());

describe('amqplib', () => {
  it('publishes, consumes, is sent back what nobody takes, and closes', async () => {
    const connection = await connect(broker.uri);
    const channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.assertExchange('events', 'topic');
    await channel.bindQueue(queue, 'events', 'order.#');
    const received = new Promise<string[]>((resolve) => {
      const bodies: string[] = [];
      void channel.consume(queue, (message) => {
        if (!message) return;
        channel.ack(message);
        bodies.push(
          `${message.fields.routingKey}: ${message.content.toString()} ${String(message.properties.headers?.['n'])}`,
        );
        if (bodies.length === 2) resolve(bodies);
      });
    });
    const returned = new Promise((resolve) => channel.once('return', (message) => resolve(message.fields)));
    channel.publish('events', 'order.paid', Buffer.from('one'), { headers: { n: 1 } });
    channel.publish('events', 'order.sent.late', Buffer.alloc(300_000, 'x'), { headers: { n: 2 } });
    channel.publish('events', 'nobody', Buffer.from('three'), { mandatory: true });
    await channel.waitForConfirms();
    expect(await received).toEqual(['order.paid: one 1', `order.sent.late: ${'x'.repeat(300_000)} 2`]);
    expect(await returned).toMatchObject({ replyCode: 312, replyText: 'NO_ROUTE', routingKey: 'nobody' });
    await connection.close();
  });

  it('is told of a channel that a mistake has closed, and goes on with another', async () => {
    const connection = await connect(broker.uri);
    const channel = await connection.createChannel();
    const failed = new Promise((resolve) => channel.once('error', resolve));
    await expect(channel.checkQueue('nowhere')).rejects.toThrow("NOT_FOUND - no queue 'nowhere' in vhost '/'");
    expect(await failed).toMatchObject({ code: 404 });
    await (await connection.createChannel()).assertQueue('somewhere', { exclusive: true });
    await connection.close();
  });

  it('is refused with the reason', async () => {
    const uri = broker.uri.replace('guest:guest', 'guest:wrong');
    await expect(connect(uri)).rejects.toThrow(
      /403 \(ACCESS-REFUSED\).*Login was refused using authentication mechanism PLAIN/,
    );
  });
});

describe('rabbitmq-client', () => {
  it('calls and answers', async () => {
    const connection = new Connection(broker.uri);
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
    await connection.close();
  });
});
