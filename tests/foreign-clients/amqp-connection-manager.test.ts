import { type AmqpConnectionManager, type ChannelWrapper, connect } from 'amqp-connection-manager';
import { type Channel, connect as connectRaw, type ConsumeMessage } from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/mycel/src/testing/conformance/transport/inbox.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';
import { RestartableBroker } from './restartable-broker.ts';

forbidUnhandledRejections();

let broker: RestartableBroker;
let manager: AmqpConnectionManager;
let channel: ChannelWrapper;

beforeAll(async () => {
  broker = await RestartableBroker.start();
});
afterAll(async () => broker[Symbol.asyncDispose]());
beforeEach(async () => {
  manager = connect([broker.uri], { reconnectTimeInSeconds: 0.02 });
  channel = manager.createChannel({ json: true });
  channel.on('error', () => undefined);
  await channel.waitForConnect();
});
afterEach(async () => manager.close());

const json = (message: ConsumeMessage): unknown => JSON.parse(message.content.toString());

async function consume(queue: string, options: { noAck?: boolean; prefetch?: number } = {}) {
  const inbox = new Inbox<ConsumeMessage>('a message');
  await channel.consume(queue, (message) => inbox.add(message), options);
  return inbox;
}

describe('amqp-connection-manager', () => {
  it('calls and is answered by way of direct reply-to', async () => {
    await channel.assertQueue('sum', { exclusive: true });
    await channel.consume('sum', (request) => {
      // What is sent below.
      const [a, b] = json(request) as [number, number];
      void channel.sendToQueue(String(request.properties.replyTo), a + b);
      channel.ack(request);
    });
    const replies = new Inbox<unknown>('a reply');
    const setUp = async (own: Channel): Promise<void> => {
      await own.consume('amq.rabbitmq.reply-to', (reply) => reply && replies.add(json(reply)), { noAck: true });
      own.sendToQueue('sum', Buffer.from('[1,2]'), { replyTo: 'amq.rabbitmq.reply-to' });
    };
    await channel.addSetup(setUp);
    expect(await replies.nth(1)).toBe(3);
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again first', async () => {
    await channel.assertQueue('work', { exclusive: true });
    for (const n of [1, 2, 3]) await channel.sendToQueue('work', n);
    const inbox = await consume('work', { prefetch: 1 });
    expect(await channel.checkQueue('work')).toMatchObject({ messageCount: 2 });
    channel.nack(await inbox.nth(1));
    expect([json(await inbox.nth(2)), (await inbox.nth(2)).fields.redelivered]).toEqual([1, true]);
    channel.ack(await inbox.nth(2));
    expect(json(await inbox.nth(3))).toBe(2);
    channel.nack(await inbox.nth(3), false, false);
    expect(json(await inbox.nth(4))).toBe(3);
    channel.ackAll();
    expect(await channel.checkQueue('work')).toMatchObject({ messageCount: 0 });
  });

  it('hears what its topics match', async () => {
    await channel.assertExchange('events', 'topic');
    await channel.assertQueue('heard', { exclusive: true });
    await channel.bindQueue('heard', 'events', 'order.#');
    const inbox = await consume('heard', { noAck: true });
    await channel.publish('events', 'stock.low', {});
    await channel.publish('events', 'order.paid', { total: 12 }, { headers: { n: 1 } });
    expect(json(await inbox.nth(1))).toEqual({ total: 12 });
    expect((await inbox.nth(1)).properties.headers).toEqual({ n: 1 });
  });

  it('is told with a nack that a full queue took no more', async () => {
    await channel.assertQueue('full', { exclusive: true, maxLength: 1, overflow: 'reject-publish' });
    expect(await channel.sendToQueue('full', 'fits')).toBe(true);
    await expect(channel.sendToQueue('full', 'does not')).rejects.toThrow('message nacked');
  });

  it('is sent back what no queue takes', async () => {
    const returned = new Inbox<unknown>('a return');
    await channel.addSetup(async (own: Channel) => {
      own.on('return', (message) => returned.add(message.fields.routingKey));
    });
    await channel.sendToQueue('nobody', 'x', { mandatory: true });
    expect(returned.items).toEqual(['nobody']);
  });

  it('finds what expired in the dead letter queue, with the story of it', async () => {
    await channel.assertQueue('dead', { exclusive: true });
    await channel.assertQueue('mortal', {
      exclusive: true,
      messageTtl: 1,
      deadLetterExchange: '',
      deadLetterRoutingKey: 'dead',
    });
    await channel.sendToQueue('mortal', 'late');
    const { properties } = await (await consume('dead', { noAck: true })).nth(1);
    expect(properties.headers?.['x-death']).toMatchObject([{ queue: 'mortal', reason: 'expired', count: 1 }]);
  });

  it('sends and receives a message of many frames', async () => {
    await channel.assertQueue('large', { exclusive: true });
    const inbox = await consume('large', { noAck: true });
    const body = 'large '.repeat(800_000);
    await channel.sendToQueue('large', body);
    expect(json(await inbox.nth(1)) === body).toBe(true);
  });

  it('is told that its consumer is gone as the queue was deleted, and consumes from the one that came in its place', async () => {
    const other = await connectRaw(broker.uri);
    const [deleter, declarer] = [await other.createChannel(), await other.createChannel()];
    await declarer.assertQueue('doomed', { durable: false });
    const inbox = await consume('doomed', { noAck: true });
    // It consumes again at once, so the new queue must be there by then: two channels, as one waits for each answer.
    await Promise.all([deleter.deleteQueue('doomed'), declarer.assertQueue('doomed', { durable: false })]);
    declarer.sendToQueue('doomed', Buffer.from('"again"'));
    expect(json(await inbox.nth(1))).toBe('again');
    await other.close();
  });

  it('tells that a login is refused, and tries again', async () => {
    const failures = new Inbox<unknown>('a failure');
    const refused = connect([broker.uri.replace('guest:guest', 'guest:wrong')], { reconnectTimeInSeconds: 0.02 });
    refused.on('connectFailed', ({ err }) => failures.add(err));
    const told = expect.objectContaining({ message: expect.stringContaining('ACCESS-REFUSED') });
    expect(await failures.first(2)).toEqual([told, told]);
    await refused.close();
  });

  it('keeps what is published while the broker is away, and sets everything up again when it is back', async () => {
    const inbox = new Inbox<unknown>('a message');
    await channel.addSetup(async (own: Channel) => {
      await own.assertQueue('back', { durable: false });
      await own.consume('back', (message) => message && inbox.add(json(message)), { noAck: true });
    });
    await channel.sendToQueue('back', 'before');
    const away = new Promise((resolve) => manager.once('disconnect', resolve));
    const restarted = broker.restart();
    expect(await away).toMatchObject({ err: { code: 320 } });
    const sent = channel.sendToQueue('back', 'meanwhile');
    await restarted;
    expect(await sent).toBe(true);
    expect(await inbox.first(2)).toEqual(['before', 'meanwhile']);
  });
});
