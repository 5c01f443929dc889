import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PeerConnection, ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { ReturnedMessage } from './message.ts';

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

async function confirmSelect(): Promise<void> {
  const selecting = channel.confirmSelect();
  await client.expect('confirm.select');
  client.send(1, { name: 'confirm.select-ok' });
  await selecting;
}

describe('confirms and returns', () => {
  const returned = {
    name: 'basic.return',
    replyCode: 312,
    replyText: 'NO_ROUTE',
    exchange: '',
    routingKey: 'gone',
  } as const;

  it('refuses to confirm before the channel was told to', async () => {
    await expect(channel.publishConfirmed('', 'q', 'x')).rejects.toMatchObject({ code: 'MYCEL_USAGE' });
  });

  it('counts plain publishes among the numbered', async () => {
    await confirmSelect();
    channel.publish('', 'q', 'plain');
    const confirmed = channel.publishConfirmed('', 'q', 'awaited');
    await client.expect('basic.publish');
    client.send(1, { name: 'basic.ack', deliveryTag: 1, multiple: false });
    client.send(1, { name: 'basic.nack', deliveryTag: 2, multiple: false, requeue: false });
    await expect(confirmed).rejects.toMatchObject({ code: 'MYCEL_AMQP_NACKED', routingKey: 'q' });
  });

  it('counts what is published while confirms are being switched on', async () => {
    const selecting = channel.confirmSelect();
    channel.publish('', 'q', 'first');
    await client.expect('confirm.select');
    client.send(1, { name: 'confirm.select-ok' });
    await selecting;
    const second = channel.publishConfirmed('', 'q', 'second');
    client.send(1, { name: 'basic.ack', deliveryTag: 2, multiple: false });
    await expect(second).resolves.toEqual({});
  });

  it('does not number what could not be encoded', async () => {
    await confirmSelect();
    await expect(channel.publishConfirmed('', 'q', 'x', { priority: -1 })).rejects.toMatchObject({ path: 'priority' });
    const first = channel.publishConfirmed('', 'q', 'x');
    client.send(1, { name: 'basic.ack', deliveryTag: 1, multiple: false });
    await first;
  });

  it('tells apart which of several confirmed at once came back', async () => {
    await confirmSelect();
    const publish = (correlationId: string) =>
      channel.publishConfirmed('', 'gone', 'x', { correlationId }, { mandatory: true });
    const outcomes = Promise.all(['a', 'b', 'c'].map(publish));
    client.sendContent(1, returned, { correlationId: 'b' }, 'x');
    client.sendContent(1, returned, { correlationId: 'c' }, 'x');
    client.send(1, { name: 'basic.ack', deliveryTag: 3, multiple: true });
    const noRoute = { returned: { replyCode: 312, replyText: 'NO_ROUTE' } };
    expect(await outcomes).toEqual([{}, noRoute, noRoute]);
  });

  it('hands a return that nobody waits for to onReturn, whose errors are reported', async () => {
    const messages: ReturnedMessage[] = [];
    channel.onReturn = (message) => {
      messages.push(message);
      throw new Error('callback');
    };
    client.sendContent(1, returned, { messageId: 'm' }, 'body');
    const pinged = channel.qos(1);
    await client.expect('basic.qos');
    client.send(1, { name: 'basic.qos-ok' });
    await pinged;
    expect(messages).toEqual([
      expect.objectContaining({
        replyCode: 312,
        routingKey: 'gone',
        properties: { messageId: 'm' },
        body: Buffer.from('body'),
      }),
    ]);
    expect(reported).toHaveLength(1);
  });
});

describe('flow', () => {
  it('is answered and told', async () => {
    expect(channel.flowing).toBe(true);
    client.send(1, { name: 'channel.flow', active: false });
    expect(await client.expect('channel.flow-ok')).toMatchObject({ active: false });
    expect(channel.flowing).toBe(false);
    client.send(1, { name: 'channel.flow', active: true });
    await client.expect('channel.flow-ok');
    expect(channel.flowing).toBe(true);
  });
});
