import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PeerConnection, ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import type { AmqpChannel } from './amqp-channel.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { ConnectOptions } from './connect-options.ts';

forbidUnhandledRejections();

let peer: ScriptedPeer;

beforeEach(async () => {
  peer = await ScriptedPeer.start();
});

afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

async function connected(options: ConnectOptions = {}): Promise<[AmqpConnection, PeerConnection]> {
  const connecting = AmqpConnection.connect({ port: peer.port, ...options });
  const client = await peer.accept();
  await client.shakeHands();
  return [await connecting, client];
}

async function openChannel(connection: AmqpConnection, client: PeerConnection): Promise<AmqpChannel> {
  const [channel] = await Promise.all([connection.openChannel(), client.openChannel()]);
  return channel;
}

describe('AmqpConnection with a peer that breaks the protocol', () => {
  it.each<[string, (client: PeerConnection) => void, number, string]>([
    ['a broken frame', (client) => client.socket.write('garbage'), 501, 'MYCEL_AMQP_MALFORMED_FRAME'],
    [
      'a frame on a channel not open',
      (client) => client.send(9, { name: 'tx.select-ok' }),
      504,
      'MYCEL_AMQP_MALFORMED_FRAME',
    ],
    [
      'an answer to no question',
      (client) => client.send(1, { name: 'queue.bind-ok' }),
      505,
      'MYCEL_AMQP_UNEXPECTED_FRAME',
    ],
    [
      'an answer to no question on channel 0',
      (client) => client.send(0, { name: 'connection.update-secret-ok' }),
      505,
      'MYCEL_AMQP_UNEXPECTED_FRAME',
    ],
    [
      'a body without a header',
      (client) => client.socket.write(Buffer.from('03000100000001aace', 'hex')),
      505,
      'MYCEL_AMQP_MALFORMED_FRAME',
    ],
    [
      'a method in the middle of a message',
      (client) => {
        const body = { redelivered: false, exchange: '', routingKey: 'q' };
        client.send(1, { name: 'basic.deliver', consumerTag: 'c', deliveryTag: 1, ...body });
        client.send(1, { name: 'basic.cancel', consumerTag: 'c', noWait: true });
      },
      505,
      'MYCEL_AMQP_MALFORMED_FRAME',
    ],
    [
      'a message on channel 0',
      (client) => client.socket.write(Buffer.from('03000000000001aace', 'hex')),
      505,
      'MYCEL_AMQP_MALFORMED_FRAME',
    ],
  ])('says what was wrong with %s and ends', async (_, misbehave, replyCode, code) => {
    const [connection, client] = await connected();
    await openChannel(connection, client);
    misbehave(client);
    const close = await client.expect('connection.close');
    expect(close.replyCode).toBe(replyCode);
    await client.ended;
    expect(await connection.closed).toMatchObject({ reason: 'lost', error: { code } });
  });
});
