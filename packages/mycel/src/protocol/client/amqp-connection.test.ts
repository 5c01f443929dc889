import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('AmqpConnection', () => {
  it('rejects everything that waited, once, when the socket is cut', async () => {
    const [connection, client] = await connected();
    const channel = await openChannel(connection, client);
    const confirming = channel.confirmSelect();
    await client.expect('confirm.select');
    client.send(1, { name: 'confirm.select-ok' });
    await confirming;
    const waiting = [
      ...Array.from({ length: 300 }, () => channel.publishConfirmed('', 'q', 'x')),
      channel.declareQueue('q'),
      channel.qos(1),
      connection.openChannel(),
      connection.updateSecret('s', 'r'),
    ];
    await client.expect('basic.publish');
    client.socket.resetAndDestroy();
    const outcomes = await Promise.allSettled(waiting);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'MYCEL_AMQP_CONNECTION_CLOSED', cause: { code: 'MYCEL_AMQP_CONNECTION_LOST' } },
      });
    }
    expect(await connection.closed).toMatchObject({ reason: 'lost', error: { code: 'MYCEL_AMQP_CONNECTION_LOST' } });
    expect(await channel.closed).toMatchObject({ reason: 'connection' });
  });

  it('refuses what is asked of it after the end, with the reason', async () => {
    const [connection, client] = await connected();
    const channel = await openChannel(connection, client);
    client.socket.destroy();
    await connection.closed;
    const lost = expect.objectContaining({
      code: 'MYCEL_AMQP_CONNECTION_CLOSED',
      message: expect.stringMatching(/lost/),
    });
    expect(() => channel.publish('', 'q', 'x')).toThrow(lost);
    expect(() => channel.ack(1)).toThrow(lost);
    await expect(channel.declareQueue('q')).rejects.toEqual(lost);
    await expect(channel.publishConfirmed('', 'q', 'x')).rejects.toEqual(lost);
    await expect(connection.openChannel()).rejects.toEqual(lost);
    await expect(channel.close()).resolves.toBeUndefined();
    await expect(connection.close()).resolves.toBeUndefined();
    await expect(connection.drained()).resolves.toBeUndefined();
  });

  it('answers a close of the broker and hands on its reason', async () => {
    const [connection, client] = await connected();
    const channel = await openChannel(connection, client);
    const declaring = channel.declareQueue('q');
    await client.expect('queue.declare');
    const replyText = 'CONNECTION_FORCED - shutdown';
    client.send(0, { name: 'connection.close', replyCode: 320, replyText, failedClassId: 0, failedMethodId: 0 });
    await expect(declaring).rejects.toMatchObject({ code: 'MYCEL_AMQP_CONNECTION_CLOSED', cause: { replyCode: 320 } });
    expect(await connection.closed).toMatchObject({ reason: 'server', error: { replyCode: 320, scope: 'connection' } });
    await client.expect('connection.close-ok');
    await client.ended;
  });

  it('reads nothing that comes behind the end', async () => {
    const [connection, client] = await connected();
    let isTold = false;
    connection.onBlocked = () => {
      isTold = true;
    };
    client.socket.cork();
    client.send(0, { name: 'connection.close', replyCode: 320, replyText: '', failedClassId: 0, failedMethodId: 0 });
    client.send(0, { name: 'connection.blocked', reason: 'too late' });
    client.socket.uncork();
    await client.ended;
    expect([isTold, connection.blocked]).toEqual([false, undefined]);
  });

  it('sends what was published before it says goodbye, and waits for the answer', async () => {
    const [connection, client] = await connected();
    const channel = await openChannel(connection, client);
    channel.publish('', 'q', 'last words');
    const closing = connection.close();
    expect(connection.close()).toBe(closing);
    expect(() => channel.publish('', 'q', 'x')).toThrow(/closed by this client/);
    await client.expect('basic.publish');
    await client.expect('connection.close');
    // Too late for a channel that is closed on this side already, and no reason to stop listening.
    client.send(1, { name: 'basic.ack', deliveryTag: 1, multiple: false });
    const blocked = new Promise((resolve) => {
      connection.onBlocked = resolve;
    });
    client.send(0, { name: 'connection.blocked', reason: '' });
    await blocked;
    client.send(0, { name: 'connection.close-ok' });
    await closing;
    expect(await connection.closed).toEqual({ reason: 'client' });
    await client.ended;
  });

  it('does not wait for ever for the answer to its goodbye', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [connection, client] = await connected({ closeTimeoutMs: 500 });
    const closing = connection.close();
    await client.expect('connection.close');
    vi.advanceTimersByTime(500);
    await closing;
    await client.ended;
  });

  it('counts as closed by the client when both sides close, or the socket is cut at the goodbye', async () => {
    const [crossing, broker] = await connected();
    const closing = crossing.close();
    broker.send(0, { name: 'connection.close', replyCode: 320, replyText: '', failedClassId: 0, failedMethodId: 0 });
    await closing;
    expect(await crossing.closed).toEqual({ reason: 'client' });
    const [cut, client] = await connected();
    const ending = cut.close();
    await client.expect('connection.close');
    client.socket.destroy();
    await ending;
    expect(await cut.closed).toEqual({ reason: 'client' });
  });

  it('drops the connection at once when destroyed, as lost when with an error', async () => {
    const [first] = await connected();
    first.destroy();
    first.destroy(new Error('too late'));
    expect(await first.closed).toEqual({ reason: 'client' });
    const [second, client] = await connected();
    second.destroy(new Error('the disk is full'));
    const lost = { reason: 'lost', error: { message: expect.stringContaining('the disk is full') } };
    expect(await second.closed).toMatchObject(lost);
    await client.ended;
  });

  it('tells when the broker does not read, and when it does again', async () => {
    const [connection, client] = await connected();
    const told: string[] = [];
    const unblocked = new Promise<void>((resolve) => {
      connection.onUnblocked = resolve;
    });
    connection.onBlocked = (reason) => told.push(reason);
    client.send(0, { name: 'connection.blocked', reason: 'low on disk' });
    client.send(0, { name: 'connection.unblocked' });
    await unblocked;
    expect(told).toEqual(['low on disk']);
    expect(connection.blocked).toBeUndefined();
  });

  it('updates the secret', async () => {
    const [connection, client] = await connected();
    const updating = connection.updateSecret('token', 'it expires');
    const { newSecret, reason } = await client.expect('connection.update-secret');
    expect([newSecret.toString(), reason]).toEqual(['token', 'it expires']);
    client.send(0, { name: 'connection.update-secret-ok' });
    await updating;
  });

  it('takes the lowest free number for a channel, and refuses more than were agreed', async () => {
    const [connection, client] = await connected({ channelMax: 2 });
    const first = await openChannel(connection, client);
    const second = await openChannel(connection, client);
    expect([first.id, second.id]).toEqual([1, 2]);
    await expect(connection.openChannel()).rejects.toMatchObject({ code: 'MYCEL_AMQP_CHANNELS_EXHAUSTED' });
    const closing = first.close();
    await client.expect('channel.close');
    await expect(connection.openChannel()).rejects.toMatchObject({ code: 'MYCEL_AMQP_CHANNELS_EXHAUSTED' });
    client.send(1, { name: 'channel.close-ok' });
    await closing;
    expect((await openChannel(connection, client)).id).toBe(1);
  });

  it('refuses frames larger than were agreed', async () => {
    const connecting = AmqpConnection.connect({ port: peer.port });
    const client = await peer.accept();
    await client.shakeHands({ tune: { frameMax: 4096 } });
    const connection = await connecting;
    client.send(0, { name: 'connection.update-secret', newSecret: Buffer.alloc(4096), reason: '' });
    expect((await client.expect('connection.close')).replyCode).toBe(501);
    expect(await connection.closed).toMatchObject({ reason: 'lost' });
  });

  it('tells when the network is slower than the program', async () => {
    const [connection, client] = await connected();
    const channel = await openChannel(connection, client);
    client.socket.pause();
    const body = Buffer.alloc(1_000_000);
    for (let sent = 0; sent < 20; sent++) channel.publish('', 'q', body);
    expect(connection.writableLength).toBeGreaterThan(1_000_000);
    const drained = connection.drained();
    client.socket.resume();
    await drained;
    expect(connection.writableLength).toBeLessThan(1_000_000);
  });
});
