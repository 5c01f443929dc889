import {
  type AMQPBaseClient,
  type AMQPChannel,
  AMQPClient,
  type AMQPMessage,
  AMQPSession,
} from '@cloudamqp/amqp-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/mycel/src/testing/conformance/transport/inbox.ts';
import { forbidUnhandledRejections } from '../support/unhandled-rejections.ts';
import { RestartableBroker } from './restartable-broker.ts';

forbidUnhandledRejections();

let broker: RestartableBroker;
let connection: AMQPBaseClient;
let channel: AMQPChannel;

beforeAll(async () => {
  broker = await RestartableBroker.start();
});
afterAll(async () => broker[Symbol.asyncDispose]());
beforeEach(async () => {
  connection = await new AMQPClient(broker.uri).connect();
  channel = await connection.channel();
});
afterEach(async () => connection.close());

async function consume(queue: string, noAck = false): Promise<Inbox<AMQPMessage>> {
  const inbox = new Inbox<AMQPMessage>('a message');
  await channel.basicConsume(queue, { noAck }, (message) => inbox.add(message));
  return inbox;
}

async function ownQueue(args: Record<string, unknown> = {}): Promise<string> {
  return (await channel.queueDeclare('', { exclusive: true, durable: false }, args)).name;
}

async function declareBack(): Promise<void> {
  const other = await new AMQPClient(broker.uri).connect();
  await (await other.channel()).queueDeclare('back', { durable: false });
  await other.close();
}

describe('@cloudamqp/amqp-client', () => {
  it('calls and is answered by way of direct reply-to', async () => {
    const session = await AMQPSession.connect(broker.uri);
    const server = await session.rpcServer('shout', (request) => `${request.bodyString()}!`);
    const client = await session.rpcClient();
    const replies = await Promise.all(['one', 'two'].map((word) => client.call('shout', word)));
    expect(replies.map((reply) => reply.bodyString())).toEqual(['one!', 'two!']);
    await client.close();
    await server.close();
    await session.stop();
  });

  it('works through a queue with a prefetch, gives back what it cannot do, and sees it again first', async () => {
    const queue = await ownQueue();
    await channel.confirmSelect();
    for (const body of ['1', '2', '3', '4']) await channel.basicPublish('', queue, body);
    await channel.basicQos(2);
    const inbox = await consume(queue);
    const [one, two] = await inbox.first(2);
    const { messageCount } = await channel.queueDeclare(queue, { passive: true });
    expect(messageCount).toBe(2);
    await one?.nack(true);
    expect([(await inbox.nth(3)).bodyString(), (await inbox.nth(3)).redelivered]).toEqual(['1', true]);
    await two?.ack();
    expect([(await inbox.nth(4)).bodyString(), (await inbox.nth(4)).redelivered]).toEqual(['3', false]);
    await (await inbox.nth(3)).reject(false);
    expect((await inbox.nth(5)).bodyString()).toBe('4');
    await (await inbox.nth(5)).ack(true);
    expect((await channel.queueDelete(queue)).messageCount).toBe(0);
  });

  it('hears what its topics match, with headers as they were sent', async () => {
    const queue = await ownQueue();
    await channel.exchangeDeclare('events', 'topic');
    await channel.queueBind(queue, 'events', 'order.*');
    const inbox = await consume(queue, true);
    const headers = { n: 1, big: 2 ** 40, float: 1.5, yes: true, no: null, list: [1, 'two'], at: { deep: 'down' } };
    await channel.basicPublish('events', 'stock.low', 'not this');
    await channel.basicPublish('events', 'order.paid', 'this', { headers, timestamp: new Date(1_700_000_000_000) });
    expect(await inbox.nth(1)).toMatchObject({
      routingKey: 'order.paid',
      properties: { headers, timestamp: new Date(1_700_000_000_000) },
    });
  });

  it('is confirmed what was published, and is sent back before that what no queue takes', async () => {
    const events: unknown[] = [];
    channel.onReturn = ({ replyCode, replyText, routingKey }) => void events.push([replyCode, replyText, routingKey]);
    await channel.confirmSelect();
    await channel.basicPublish('', 'nobody', 'x', {}, true);
    expect(events).toEqual([[312, 'NO_ROUTE', 'nobody']]);
  });

  it('is told with a nack that a full queue took no more', async () => {
    const queue = await ownQueue({ 'x-max-length': 1, 'x-overflow': 'reject-publish' });
    await channel.confirmSelect();
    await channel.basicPublish('', queue, 'fits');
    await expect(channel.basicPublish('', queue, 'does not')).rejects.toThrow('Message rejected');
  });

  it('finds what it rejected in the dead letter queue, with the story of it', async () => {
    const dead = await ownQueue();
    const queue = await ownQueue({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead });
    await channel.basicPublish('', queue, 'bad');
    await (await (await consume(queue)).nth(1)).reject(false);
    const { properties } = await (await consume(dead, true)).nth(1);
    expect(properties.headers?.['x-death']).toMatchObject([{ queue, reason: 'rejected', count: 1 }]);
  });

  it('takes back all that was published in a transaction', async () => {
    const queue = await ownQueue();
    await channel.txSelect();
    await channel.basicPublish('', queue, 'not this');
    await channel.txRollback();
    await channel.basicPublish('', queue, 'this');
    await channel.txCommit();
    expect((await channel.basicGet(queue))?.bodyString()).toBe('this');
    expect(await channel.basicGet(queue)).toBeNull();
  });

  it('sends and receives a message of many frames', async () => {
    const queue = await ownQueue();
    const inbox = await consume(queue, true);
    const body = Buffer.alloc(5_000_000, 'large ');
    await channel.basicPublish('', queue, body);
    const received: unknown = (await inbox.nth(1)).body;
    expect(received instanceof Uint8Array && body.equals(received)).toBe(true);
  });

  it('is told that its consumer is gone as the queue was deleted', async () => {
    const { name } = await channel.queueDeclare('doomed');
    const consumer = await channel.basicConsume(name, {}, () => undefined);
    const gone = expect(consumer.wait()).rejects.toThrow('Consumer cancelled by the server');
    await channel.queueDelete(name);
    await gone;
  });

  it('loses a channel by a mistake, told why, and goes on with another', async () => {
    await expect(channel.exchangeDeclare('x', 'unheard-of')).rejects.toThrow("unknown exchange type 'unheard-of'");
    // RabbitMQ ends the whole connection for this one.
    expect(connection.closed).toBe(true);
    connection = await new AMQPClient(broker.uri).connect();
    channel = await connection.channel();
    await expect(channel.queueBind('nowhere', 'amq.topic', '#')).rejects.toThrow(
      "NOT_FOUND - no queue 'nowhere' in vhost '/'",
    );
    expect([channel.closed, connection.closed]).toEqual([true, false]);
    await (await connection.channel()).close();
  });

  it('reconnects and consumes again when the broker was restarted', async () => {
    const connected = new Inbox<unknown>('a connection');
    const heard = new Inbox<string | null>('a message');
    const session = await AMQPSession.connect(broker.uri, {
      reconnectInterval: 10,
      // It consumes again by itself, from queues that the restarted broker has to have.
      beforeConnect: declareBack,
      onconnect: () => connected.add(undefined),
    });
    const queue = await session.queue('back', { durable: false });
    await queue.subscribe((message) => heard.add(message.bodyString()));
    const before = connected.items.length;
    await broker.restart();
    await connected.nth(before + 1);
    await queue.publish('again');
    expect(await heard.nth(1)).toBe('again');
    await session.stop();
    connection = await new AMQPClient(broker.uri).connect();
  });
});
