import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PeerConnection, ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection } from './amqp-connection.ts';

forbidUnhandledRejections();

let peer: ScriptedPeer;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  peer = await ScriptedPeer.start();
});

afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

async function connected(heartbeatSeconds: number): Promise<[AmqpConnection, PeerConnection]> {
  const connecting = AmqpConnection.connect({ port: peer.port, heartbeatSeconds });
  const client = await peer.accept();
  await client.shakeHands();
  return [await connecting, client];
}

describe('heartbeats', () => {
  it('are sent while there is nothing else to send', async () => {
    const [connection, client] = await connected(10);
    // At the first beat the handshake was just sent.
    for (const expected of [0, 1, 2]) {
      vi.advanceTimersByTime(2_500);
      await client.until(() => client.heartbeats === expected);
    }
    connection.destroy();
  });

  it('find a peer dead that was silent for two intervals', async () => {
    const [connection, client] = await connected(10);
    const declaring = connection.openChannel();
    vi.advanceTimersByTime(20_000);
    expect(connection.isOpen).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(await connection.closed).toMatchObject({ reason: 'lost', error: { code: 'MYCEL_AMQP_HEARTBEAT' } });
    await expect(declaring).rejects.toMatchObject({ cause: { code: 'MYCEL_AMQP_HEARTBEAT' } });
    await client.ended;
  });

  it('take anything received for a sign of life', async () => {
    const [connection, client] = await connected(10);
    vi.advanceTimersByTime(20_000);
    const unblocked = new Promise<void>((resolve) => {
      connection.onUnblocked = resolve;
    });
    client.sendHeartbeat();
    client.send(0, { name: 'connection.unblocked' });
    await unblocked;
    vi.advanceTimersByTime(20_000);
    expect(connection.isOpen).toBe(true);
    connection.destroy();
  });

  it('are off in both directions when set to 0', async () => {
    const [connection] = await connected(0);
    expect(vi.getTimerCount()).toBe(0);
    connection.destroy();
  });

  it('end with the connection', async () => {
    const [connection] = await connected(10);
    expect(vi.getTimerCount()).toBe(1);
    connection.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});
