import { type ChannelModel, type ConfirmChannel, connect, type ConsumeMessage, type Message } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/mycel/src/testing/conformance/transport/inbox.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';
import { RestartableBroker } from './restartable-broker.ts';

forbidUnhandledRejections();

let broker: RestartableBroker;
let connection: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  broker = await RestartableBroker.start();
});
afterAll(async () => broker[Symbol.asyncDispose]());
beforeEach(async () => {
  connection = await connect(broker.uri);
  channel = await connection.createConfirmChannel();
});
afterEach(async () => connection.close());

async function consume(queue: string, noAck = false): Promise<Inbox<ConsumeMessage>> {
  const inbox = new Inbox<ConsumeMessage>('a message');
  await channel.consume(queue, (message) => message && inbox.add(message), { noAck });
  return inbox;
}

const text = (message: Message): string => message.content.toString();

describe('amqplib', () => {
  it('calls and is answered by way of direct reply-to', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.consume(queue, (request) => {
      if (!request) return;
      const { replyTo, correlationId } = request.properties;
      channel.sendToQueue(String(replyTo), Buffer.from(`${text(request)}!`), { correlationId: String(correlationId) });
      channel.ack(request);
    });
    const replies = await consume('amq.rabbitmq.reply-to', true);
    for (const correlationId of ['1', '2'])
      channel.sendToQueue(queue, Buffer.from('hello'), { replyTo: 'amq.rabbitmq.reply-to', correlationId });
    const answers = (await replies.first(2)).map((reply) => [reply.properties.correlationId as unknown, text(reply)]);
    expect(answers).toEqual([
      ['1', 'hello!'],
      ['2', 'hello!'],
    ]);
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again first', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const n of [1, 2, 3, 4]) channel.sendToQueue(queue, Buffer.from(String(n)));
    await channel.waitForConfirms();
    await channel.prefetch(2);
    const inbox = await consume(queue);
    const [one, two] = await inbox.first(2);
    expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 2, consumerCount: 1 });
    channel.nack(one!);
    expect(await inbox.nth(3)).toMatchObject({ content: Buffer.from('1'), fields: { redelivered: true } });
    channel.ack(two!);
    expect(await inbox.nth(4)).toMatchObject({ content: Buffer.from('3'), fields: { redelivered: false } });
    channel.reject(await inbox.nth(3), false);
    channel.ack(await inbox.nth(5), true);
    expect(text(await inbox.nth(5))).toBe('4');
    expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
  });

  it('hears what its topics match, with headers as they were sent', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.assertExchange('events', 'topic');
    await channel.bindQueue(queue, 'events', 'order.*');
    await channel.bindQueue(queue, 'events', '#.late');
    const inbox = await consume(queue, true);
    const headers = { n: 1, big: 2 ** 40, float: 1.5, yes: true, no: null, list: [1, 'two'], at: { deep: 'down' } };
    for (const key of ['order.paid', 'stock.low', 'order.sent.late'])
      channel.publish('events', key, Buffer.from(key), { headers });
    const heard = await inbox.first(2);
    expect(heard.map((message) => message.fields.routingKey)).toEqual(['order.paid', 'order.sent.late']);
    expect(heard[0]?.properties.headers).toEqual(headers);
  });

  it('is confirmed what was published, and is sent back before that what no queue takes', async () => {
    const events: string[] = [];
    channel.on('return', ({ fields }) => events.push(`returned ${fields.routingKey}`));
    await new Promise<void>((resolve, reject) =>
      channel.publish('', 'nobody', Buffer.from('x'), { mandatory: true }, (error: unknown) =>
        error ? reject(new Error('not confirmed', { cause: error })) : resolve(),
      ),
    );
    events.push('confirmed');
    expect(events).toEqual(['returned nobody', 'confirmed']);
  });

  it('is told with a nack that a full queue took no more', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true, maxLength: 1, overflow: 'reject-publish' });
    channel.sendToQueue(queue, Buffer.from('fits'));
    await channel.waitForConfirms();
    channel.sendToQueue(queue, Buffer.from('does not'));
    await expect(channel.waitForConfirms()).rejects.toThrow('message nacked');
  });

  it('finds what it rejected and what expired in the dead letter queue, with the story of it', async () => {
    const { queue: dead } = await channel.assertQueue('', { exclusive: true });
    const { queue } = await channel.assertQueue('', {
      exclusive: true,
      deadLetterExchange: '',
      deadLetterRoutingKey: dead,
    });
    const buried = await consume(dead, true);
    channel.sendToQueue(queue, Buffer.from('bad'));
    await channel.waitForConfirms();
    const rejected = await channel.get(queue);
    if (!rejected) throw new Error('nothing there');
    channel.nack(rejected, false, false);
    const death = (message: Message): unknown => message.properties.headers?.['x-death']?.[0];
    expect(death(await buried.nth(1))).toMatchObject({ queue, reason: 'rejected', count: 1, 'routing-keys': [queue] });
    channel.sendToQueue(queue, Buffer.from('late'), { expiration: '1' });
    expect(death(await buried.nth(2))).toMatchObject({ queue, reason: 'expired', 'original-expiration': '1' });
  });

  it('sends and receives a message of many frames', async () => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const inbox = await consume(queue, true);
    const content = Buffer.alloc(5_000_000, 'large ');
    channel.sendToQueue(queue, content);
    expect((await inbox.nth(1)).content.equals(content)).toBe(true);
  });

  it('is told that its consumer is gone as the queue was deleted', async () => {
    const { queue } = await channel.assertQueue('');
    const cancelled = new Promise((resolve) => void channel.consume(queue, resolve));
    await channel.deleteQueue(queue);
    expect(await cancelled).toBeNull();
  });

  it('loses a channel by a mistake, told why, and goes on with another', async () => {
    const failed = new Promise((resolve) => channel.once('error', resolve));
    await expect(channel.checkQueue('nowhere')).rejects.toThrow("NOT_FOUND - no queue 'nowhere' in vhost '/'");
    expect(await failed).toMatchObject({ code: 404, classId: 50, methodId: 10 });
    const next = await connection.createChannel();
    await next.assertQueue('kept', { durable: false });
    next.once('error', () => undefined);
    await expect(next.assertQueue('kept', { durable: true })).rejects.toThrow(
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'kept' in vhost '/': received 'true' but current is 'false'",
    );
  });

  it('is refused with the reason', async () => {
    const uri = broker.uri.replace('guest:guest', 'guest:wrong');
    await expect(connect(uri)).rejects.toThrow(
      /403 \(ACCESS-REFUSED\).*Login was refused using authentication mechanism PLAIN/,
    );
  });

  it('recovers by itself when the broker was restarted', async () => {
    const inbox = new Inbox<ConsumeMessage>('a message');
    const recovering = await connect(broker.uri, {
      recovery: {
        initialDelay: 10,
        async setup(model: Pick<ChannelModel, 'createChannel'>) {
          const own = await model.createChannel();
          await own.assertQueue('recovered', { durable: false });
          await own.consume('recovered', (message) => message && inbox.add(message), { noAck: true });
        },
      },
    });
    const told = new Promise((resolve) => connection.once('close', resolve));
    const back = new Promise((resolve) => recovering.once('connect', resolve));
    await broker.restart();
    expect(await told).toMatchObject({ code: 320 });
    await back;
    connection = await connect(broker.uri);
    channel = await connection.createConfirmChannel();
    channel.sendToQueue('recovered', Buffer.from('again'));
    expect(text(await inbox.nth(1))).toBe('again');
    await recovering.close();
  });
});
