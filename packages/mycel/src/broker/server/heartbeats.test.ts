import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Heard, RawAmqpClient, sharedQueue } from '../../../../../tests/support/raw-amqp-client.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

forbidUnhandledRejections();

let broker: EmbeddedBroker;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  broker = await startBroker({ port: 0 });
});
afterEach(async () => broker.close());

async function connected(heartbeat: number): Promise<RawAmqpClient> {
  return new RawAmqpClient(broker.server.address.port).shakeHands({ tune: { heartbeat } });
}

const heartbeat: Heard = { channel: 0, frame: 8, payload: Buffer.alloc(0) };
const heartbeatFrame = Buffer.from('08000000000000ce', 'hex');

describe('the heartbeats of a server', () => {
  it('are sent while there is nothing else to send', async () => {
    using client = await connected(10);
    // At the first beat the handshake was just sent.
    vi.advanceTimersByTime(7_500);
    expect([await client.next(), await client.next()]).toEqual([heartbeat, heartbeat]);
  });

  it('come twice in an interval, also to a client that was just sent something else', async () => {
    using client = await connected(10);
    vi.advanceTimersByTime(2_500);
    await client.openChannel();
    vi.advanceTimersByTime(5_000);
    expect(await client.next()).toEqual(heartbeat);
  });

  it('find a client dead that was silent for two intervals', async () => {
    using client = await connected(10);
    await client.openChannel();
    vi.advanceTimersByTime(20_000);
    expect(broker.engine.status().connections).toHaveLength(1);
    vi.advanceTimersByTime(5000);
    await client.ended;
    expect(broker.engine.status().connections).toEqual([]);
  });

  it('take anything received for a sign of life', async () => {
    using client = await connected(10);
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(20_000);
      client.write(heartbeatFrame);
      await client.openChannel(round + 1).catch(() => undefined);
    }
    expect(broker.engine.status().connections).toHaveLength(1);
  });

  it('do not expect anything of a client that is not read, as memory is low', async () => {
    await using small = await startBroker({ port: 0, memoryLimitBytes: 1000 });
    using client = await new RawAmqpClient(small.server.address.port).shakeHands({ tune: { heartbeat: 10 } });
    await client.openChannel();
    await client.send(1, sharedQueue('q')).expect('queue.declare-ok');
    await client.publish(1, 'q', Buffer.alloc(2000)).expect('connection.blocked');
    for (let left = 10; left > 0; left--) vi.advanceTimersByTime(10_000);
    using other = await new RawAmqpClient(small.server.address.port).shakeHands();
    await other.openChannel();
    other.send(1, { name: 'queue.purge', queue: 'q', noWait: true });
    await client.expect('connection.unblocked');
    await client.openChannel(2);
  });

  it('are off when the client says so', async () => {
    using client = await connected(0);
    expect(vi.getTimerCount()).toBe(0);
    await client.openChannel();
  });
});
