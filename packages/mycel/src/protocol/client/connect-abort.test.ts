import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
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

function connect(options: ConnectOptions = {}): Promise<AmqpConnection> {
  const connecting = AmqpConnection.connect({ port: peer.port, ...options });
  // Most tests look at it only after the peer did something.
  connecting.catch(() => undefined);
  return connecting;
}

describe('giving up on a connection', () => {
  it('gives up when the handshake takes too long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const connecting = connect({ connectTimeoutMs: 3_000 });
    const client = await peer.accept();
    client.sendStart();
    await client.expect('connection.start-ok');
    vi.advanceTimersByTime(3_000);
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_CONNECT_TIMEOUT',
      message: expect.stringContaining('3000 ms'),
    });
    await client.ended;
  });

  it('gives up when its signal aborts, before and during the handshake', async () => {
    const reason = new Error('not needed any more');
    await expect(connect({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const connecting = connect({ signal: abort.signal });
    const opening = await peer.accept();
    abort.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await opening.ended;
  });

  it('gives up when its signal aborts in the moment in which the socket opens', async () => {
    const reason = new Error('not needed any more');
    const abort = new AbortController();
    const noticeSocket = (message: unknown): void => {
      const { socket } = message as { socket: Socket };
      // Behind the listener of the one who connects, which then no longer heeds the signal.
      process.nextTick(() => socket.once('connect', () => abort.abort(reason)));
    };
    subscribe('net.client.socket', noticeSocket);
    try {
      await expect(connect({ signal: abort.signal })).rejects.toBe(reason);
    } finally {
      unsubscribe('net.client.socket', noticeSocket);
    }
    await (await peer.accept()).ended;
  });

  it('does not heed its signal once it is open', async () => {
    const abort = new AbortController();
    const connecting = connect({ signal: abort.signal });
    await (await peer.accept()).shakeHands();
    const connection = await connecting;
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    abort.abort();
    expect(connection.isOpen).toBe(true);
  });
});
