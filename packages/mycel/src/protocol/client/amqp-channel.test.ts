import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PeerConnection, ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../../foundation/deferred.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { Delivery } from './message.ts';

forbidUnhandledRejections();

let peer: ScriptedPeer;
let client: PeerConnection;
let connection: AmqpConnection;
let channel: AmqpChannel;
let reported: unknown[];

beforeEach(async () => {
  reported = [];
  peer = await ScriptedPeer.start();
  const connecting = AmqpConnection.connect({ port: peer.port, onError: (error) => reported.push(error) });
  client = await peer.accept();
  await client.shakeHands();
  connection = await connecting;
  [channel] = await Promise.all([connection.openChannel(), client.openChannel()]);
});

afterEach(async () => {
  connection.destroy();
  await peer[Symbol.asyncDispose]();
});

const deliver = {
  name: 'basic.deliver',
  consumerTag: 'c',
  redelivered: false,
  exchange: 'e',
  routingKey: 'k',
} as const;
const close = {
  name: 'channel.close',
  replyCode: 404,
  replyText: 'NOT_FOUND',
  failedClassId: 50,
  failedMethodId: 10,
} as const;

async function consume(
  onDelivery: (delivery: Delivery) => void,
  onCancelled?: (reason: string) => void,
): Promise<void> {
  const consuming = channel.consume('q', onDelivery, { consumerTag: 'c', ...(onCancelled && { onCancelled }) });
  await client.expect('basic.consume');
  client.send(1, { name: 'basic.consume-ok', consumerTag: 'c' });
  await consuming;
}

async function confirmSelect(): Promise<void> {
  const selecting = channel.confirmSelect();
  await client.expect('confirm.select');
  client.send(1, { name: 'confirm.select-ok' });
  await selecting;
}

describe('requests of a channel', () => {
  it('are on the wire one at a time, in the order of the calls', async () => {
    const answered: string[] = [];
    const all = Promise.all([
      channel.qos(1).then(() => answered.push('qos')),
      channel.bindQueue('q', 'e', 'k').then(() => answered.push('bind')),
      channel.purgeQueue('q').then(({ messageCount }) => answered.push(`purge ${messageCount}`)),
    ]);
    await client.expect('basic.qos');
    client.send(1, { name: 'basic.qos-ok' });
    await client.expect('queue.bind');
    client.send(1, { name: 'queue.bind-ok' });
    await client.expect('queue.purge');
    client.send(1, { name: 'queue.purge-ok', messageCount: 3 });
    await all;
    expect(answered).toEqual(['qos', 'bind', 'purge 3']);
  });

  it('are refused one by one when they cannot be encoded', async () => {
    const first = channel.qos(1);
    const impossible = channel.declareQueue('x'.repeat(256));
    const last = channel.purgeQueue('q');
    await client.expect('basic.qos');
    client.send(1, { name: 'basic.qos-ok' });
    await first;
    await expect(impossible).rejects.toMatchObject({ code: 'MYCEL_AMQP_UNENCODABLE', path: 'queue' });
    await client.expect('queue.purge');
    client.send(1, { name: 'queue.purge-ok', messageCount: 0 });
    await last;
  });

  it('end with the channel: the refused one by its reason, the others as closed', async () => {
    const refused = channel.declareQueue('missing', { passive: true });
    const waiting = channel.qos(1);
    const other = connection.openChannel();
    await client.expect('queue.declare');
    const second = await client.openChannel();
    client.send(1, close);
    await expect(refused).rejects.toMatchObject({ code: 'MYCEL_AMQP_SERVER', replyCode: 404, method: 'queue.declare' });
    await expect(waiting).rejects.toMatchObject({ code: 'MYCEL_AMQP_CHANNEL_CLOSED', cause: { replyCode: 404 } });
    await client.expect('channel.close-ok');
    expect(await channel.closed).toMatchObject({ reason: 'server', error: { replyText: 'NOT_FOUND' } });
    expect([channel.isOpen, (await other).isOpen, second]).toEqual([false, true, 2]);
    expect(() => channel.publish('', 'q', 'x')).toThrow(/404 NOT_FOUND/);
  });

  it('are not blamed for the fault of another', async () => {
    const waiting = channel.qos(1);
    await client.expect('basic.qos');
    client.send(1, { ...close, failedClassId: 60, failedMethodId: 40 });
    await expect(waiting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_CHANNEL_CLOSED',
      cause: { method: 'basic.publish' },
    });
  });
});

describe('closing a channel', () => {
  it('answers what was asked before, drops deliveries and takes confirms until the broker agrees', async () => {
    const delivered: Delivery[] = [];
    await consume((delivery) => delivered.push(delivery));
    await confirmSelect();
    const confirmed = channel.publishConfirmed('', 'q', 'x');
    const lost = channel.publishConfirmed('', 'q', 'y');
    const asked = channel.qos(1);
    const closing = channel.close();
    expect(channel.close()).toBe(closing);
    expect(() => channel.ack(1)).toThrow(/closing/);
    await client.expect('basic.publish');
    await client.expect('basic.publish');
    await client.expect('basic.qos');
    client.send(1, { name: 'basic.qos-ok' });
    await client.expect('channel.close');
    client.sendContent(1, { ...deliver, deliveryTag: 1 });
    client.send(1, { name: 'basic.ack', deliveryTag: 1, multiple: false });
    client.send(1, { name: 'channel.close-ok' });
    await Promise.all([asked, confirmed, closing]);
    await expect(lost).rejects.toMatchObject({ code: 'MYCEL_AMQP_CHANNEL_CLOSED' });
    expect(delivered).toEqual([]);
    expect(await channel.closed).toEqual({ reason: 'client' });
  });

  it('is content when the broker closes first', async () => {
    const closing = channel.close();
    await client.expect('channel.close');
    client.send(1, close);
    await closing;
    await client.expect('channel.close-ok');
  });

  it('may break off a message, which the next channel of that number knows nothing of', async () => {
    client.send(1, { ...deliver, deliveryTag: 1 });
    client.send(1, close);
    await client.expect('channel.close-ok');
    [channel] = await Promise.all([connection.openChannel(), client.openChannel()]);
    const delivered: Delivery[] = [];
    await consume((delivery) => delivered.push(delivery));
    client.sendContent(1, { ...deliver, deliveryTag: 1 });
    await expect.poll(() => delivered).toMatchObject([{ deliveryTag: 1 }]);
    expect(channel.id).toBe(1);
  });

  it('keeps its number until the broker has answered, when the broker closed it at the same moment', async () => {
    const closing = channel.close();
    await client.expect('channel.close');
    client.send(1, close);
    await closing;
    await client.expect('channel.close-ok');
    const [second] = await Promise.all([connection.openChannel(), client.openChannel()]);
    client.send(1, { name: 'channel.close-ok' });
    client.send(2, { ...close, failedMethodId: 20 });
    await second.closed;
    await client.expect('channel.close-ok');
    const [again] = await Promise.all([connection.openChannel(), client.openChannel()]);
    expect([second.id, again.id, connection.isOpen]).toEqual([2, 1, true]);
  });
});

describe('deliveries', () => {
  it('reach their consumer even right behind the answer that started it', async () => {
    const delivered = new Promise<Delivery>((resolve) => void channel.consume('q', resolve));
    await client.expect('basic.consume');
    client.socket.cork();
    client.send(1, { name: 'basic.consume-ok', consumerTag: 'c' });
    client.sendContent(1, { ...deliver, deliveryTag: 5 }, { headers: { a: 1 } }, 'body');
    client.socket.uncork();
    const { body, ...rest } = await delivered;
    expect(body.toString()).toBe('body');
    const fields = { redelivered: false, exchange: 'e', routingKey: 'k', consumerTag: 'c' };
    expect(rest).toEqual({ deliveryTag: 5, ...fields, properties: { headers: { a: 1 } } });
  });

  it('go on after a handler threw, which is reported', async () => {
    const failure = new Error('handler');
    const { promise: second, resolve } = deferred();
    await consume(({ deliveryTag }) => {
      if (deliveryTag === 1) throw failure;
      resolve();
    });
    client.sendContent(1, { ...deliver, deliveryTag: 1 });
    client.sendContent(1, { ...deliver, deliveryTag: 2 });
    await second;
    expect(reported).toEqual([failure]);
  });

  it('that nobody can decode are rejected and reported, and the connection lives on', async () => {
    const delivered: number[] = [];
    await consume(({ deliveryTag }) => delivered.push(deliveryTag));
    const unknownTag = Buffer.from('2000000000030176ff', 'hex');
    client.sendContent(1, { ...deliver, deliveryTag: 1 }, unknownTag, 'poison');
    client.sendContent(1, { ...deliver, deliveryTag: 2 }, {}, 'good');
    expect(await client.expect('basic.reject')).toMatchObject({ deliveryTag: 1, requeue: false });
    expect(delivered).toEqual([2]);
    expect(reported).toEqual([expect.objectContaining({ code: 'MYCEL_AMQP_MALFORMED_FRAME' })]);
  });

  it('for an unknown consumer are reported', async () => {
    client.sendContent(1, { ...deliver, deliveryTag: 1 });
    await consume(() => undefined);
    expect(reported).toEqual([expect.objectContaining({ code: 'MYCEL_AMQP_UNEXPECTED_FRAME' })]);
  });

  it('end when the broker cancels the consumer, and it is told', async () => {
    const { promise: reason, resolve } = deferred<string>();
    await consume(() => undefined, resolve);
    client.send(1, { name: 'basic.cancel', consumerTag: 'c', noWait: false });
    expect(await reason).toMatch(/queue was deleted/);
    await client.expect('basic.cancel-ok');
  });

  it('still come while a cancel is under way', async () => {
    const delivered: number[] = [];
    await consume(({ deliveryTag }) => delivered.push(deliveryTag));
    const cancelling = channel.cancel('c');
    await client.expect('basic.cancel');
    client.sendContent(1, { ...deliver, deliveryTag: 1 });
    client.send(1, { name: 'basic.cancel-ok', consumerTag: 'c' });
    await cancelling;
    expect(delivered).toEqual([1]);
  });
});
