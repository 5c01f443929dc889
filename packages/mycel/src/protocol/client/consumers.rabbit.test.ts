import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { useFreshVhost } from '../../../../../tests/support/fresh-vhost.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../../foundation/deferred.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { Delivery } from './message.ts';

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

describe('consumers at RabbitMQ', () => {
  it('are told when their queue is deleted', async () => {
    const told = deferred<string>();
    const { queue: doomed } = await channel.declareQueue('');
    await channel.consume(doomed, () => undefined, { onCancelled: told.resolve });
    await channel.deleteQueue(doomed);
    expect(await told.promise).toMatch(/queue was deleted/);
    expect(channel.isOpen).toBe(true);
  });

  it('get nothing more once cancelled', async () => {
    const { consumerTag } = await channel.consume(queue, () => undefined, { consumerTag: 'mine' });
    expect(consumerTag).toBe('mine');
    await channel.cancel(consumerTag);
    channel.publish('', queue, 'x');
    expect((await channel.get(queue))?.body.toString()).toBe('x');
  });

  it('get no more than they were granted until they acknowledge', async () => {
    await channel.qos(2);
    for (const text of ['a', 'b', 'c']) channel.publish('', queue, text);
    const [first, second] = await received(2);
    expect([first?.body.toString(), second?.body.toString()]).toEqual(['a', 'b']);
    const other = await connection.openChannel();
    expect((await other.declareQueue(queue, { passive: true })).messageCount).toBe(1);
  });

  it('use direct reply-to', async () => {
    const server = await connection.openChannel();
    await server.consume(
      queue,
      ({ properties, body }) => {
        server.publish('', properties.replyTo ?? '', `re: ${body.toString()}`, {
          correlationId: properties.correlationId ?? '',
        });
      },
      { noAck: true },
    );
    const reply = deferred<Delivery>();
    await channel.consume('amq.rabbitmq.reply-to', reply.resolve, { noAck: true });
    channel.publish('', queue, 'hello', { replyTo: 'amq.rabbitmq.reply-to', correlationId: '1' });
    expect((await reply.promise).body.toString()).toBe('re: hello');
  });

  it('close their channel when they acknowledge what was not delivered', async () => {
    channel.ack(99);
    expect(await channel.closed).toMatchObject({ reason: 'server', error: { replyCode: 406 } });
  });
});
