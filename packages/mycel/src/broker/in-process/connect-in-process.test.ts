import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../../foundation/deferred.ts';
import {
  type AmqpChannel,
  type AmqpConnection,
  ConnectionLostError,
  type Delivery,
} from '../../protocol/client/index.ts';
import { BrokerEngine } from '../engine/broker-engine.ts';
import { connectInProcess } from './connect-in-process.ts';

forbidUnhandledRejections();

let engine: BrokerEngine;
let connection: AmqpConnection;
let channel: AmqpChannel;

beforeEach(async () => {
  engine = new BrokerEngine();
  connection = await connectInProcess(engine, { connectionName: 'test' });
  channel = await connection.openChannel();
});

afterEach(() => {
  vi.useRealTimers();
  engine.close();
});

function readyIn(queue: string): number | undefined {
  return engine.status().vhosts[0]?.queues.find(({ name }) => name === queue)?.ready;
}

/** Consumes, and hands out deliveries in their order. */
async function consumer(queue: string, on = channel): Promise<() => Promise<Delivery>> {
  const arrived: Delivery[] = [];
  let told = deferred();
  await on.consume(queue, (delivery) => {
    arrived.push(delivery);
    told.resolve();
  });
  return async () => {
    while (arrived.length === 0) {
      told = deferred();
      await told.promise;
    }
    // The loop ends when there is one.
    return arrived.shift() as Delivery;
  };
}

describe('a message to an engine in this process', () => {
  it('arrives as it would from a socket, in a copy for each consumer', async () => {
    const { queue: first } = await channel.declareQueue('', { exclusive: true });
    const { queue: second } = await channel.declareQueue('', { exclusive: true });
    for (const queue of [first, second]) await channel.bindQueue(queue, 'amq.fanout', '');
    const [one, other] = [await consumer(first), await consumer(second)];
    const body = Buffer.from('body');
    const headers = { at: new Date(2_000), none: null, list: [1, 'a'] };
    channel.publish('amq.fanout', 'k', body, { messageId: 'm', headers });
    body.fill(0);
    headers.list.push('late');
    const delivery = await one();
    expect(delivery).toMatchObject({ exchange: 'amq.fanout', routingKey: 'k', redelivered: false });
    expect(delivery.properties).toEqual({
      messageId: 'm',
      headers: { at: new Date(2_000), none: null, list: [1, 'a'] },
    });
    delivery.body.fill(0);
    expect((await other()).body.toString()).toBe('body');
  });

  it('reaches the engine after the code that sent it, together with what is sent in the same go', async () => {
    await channel.declareQueue('q');
    channel.publish('', 'q', 'one');
    channel.publish('', 'q', 'two');
    expect(readyIn('q')).toBe(0);
    await Promise.resolve();
    expect(readyIn('q')).toBe(2);
  });

  it('leaves the rest of the program its turn, even if it comes back at once for ever', async () => {
    await channel.declareQueue('q');
    let isEnough = false;
    let came = 0;
    const settled = deferred();
    await channel.consume('q', ({ deliveryTag }) => {
      came += 1;
      channel.reject(deliveryTag, !isEnough);
      if (isEnough) settled.resolve();
    });
    channel.publish('', 'q', 'again');
    await new Promise((resolve) => setTimeout(resolve));
    isEnough = true;
    await settled.promise;
    expect(came).toBeGreaterThan(0);
  });

  it('needs no timer to arrive', async () => {
    vi.useFakeTimers();
    await channel.declareQueue('q');
    await channel.confirmSelect();
    await channel.publishConfirmed('', 'q', 'x');
    expect((await channel.get('q'))?.body.toString()).toBe('x');
  });

  it('waits in its queue while many others are on their way to the same client', async () => {
    await channel.declareQueue('q');
    await channel.confirmSelect();
    const publishes = Array.from({ length: 1000 }, (_, index) => channel.publishConfirmed('', 'q', String(index)));
    await Promise.all(publishes);
    const bodies: string[] = [];
    const waiting: (number | undefined)[] = [];
    const all = deferred();
    const consume = channel.consume(
      'q',
      ({ body }) => {
        bodies.push(body.toString());
        if (bodies.length === 1) waiting.push(readyIn('q'));
        if (bodies.length === 1000) all.resolve();
      },
      { noAck: true },
    );
    await Promise.all([consume, all.promise]);
    expect(waiting[0]).toBeGreaterThan(500);
    expect(bodies).toEqual(Array.from({ length: 1000 }, (_, index) => String(index)));
  });

  it('waits on this side while the engine lacks memory, with everything behind it', async () => {
    const small = new BrokerEngine({ memoryLimitBytes: 100_000 });
    const publisher = await connectInProcess(small);
    const blocked = deferred<string>();
    const unblocked = deferred();
    publisher.onBlocked = blocked.resolve;
    publisher.onUnblocked = () => unblocked.resolve();
    const publishing = await publisher.openChannel();
    await publishing.confirmSelect();
    await publishing.declareQueue('q');
    await publishing.publishConfirmed('', 'q', Buffer.alloc(150_000));
    expect(await blocked.promise).toBe('low on memory');
    const late = publishing.publishConfirmed('', 'q', Buffer.alloc(10));
    const behind = publishing.qos(1);
    expect(publisher.writableLength).toBe(10);
    const drained = publisher.drained();
    const other = await (await connectInProcess(small)).openChannel();
    expect(await other.purgeQueue('q')).toEqual({ messageCount: 1 });
    await Promise.all([unblocked.promise, drained, late, behind]);
    expect([publisher.writableLength, publisher.blocked]).toEqual([0, undefined]);
    small.close();
  });
});

describe('a connection to an engine in this process', () => {
  it('is known to it by name, and gone with its goodbye', async () => {
    expect(engine.status().connections).toMatchObject([{ name: 'test', user: 'guest', vhost: '/' }]);
    await connection.close();
    expect(await connection.closed).toEqual({ reason: 'client' });
    expect(engine.status().connections).toEqual([]);
  });

  it('is refused where there is no such virtual host', async () => {
    await expect(connectInProcess(engine, { vhost: 'nowhere' })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_VHOST_REFUSED',
      cause: { replyCode: 530 },
    });
  });

  it('ends with the engine, which says why', async () => {
    engine.close();
    expect(await connection.closed).toMatchObject({ reason: 'server', error: { replyCode: 320 } });
  });

  it('ends by a fault that leaves nothing to go on with', async () => {
    const asked = channel.qos(1);
    channel.publish('', 'q', 'x', {}, { immediate: true });
    expect(await connection.closed).toMatchObject({
      reason: 'server',
      error: { replyCode: 540, method: 'basic.publish', scope: 'connection' },
    });
    await asked;
    expect(engine.status().connections).toEqual([]);
  });

  it('loses what is under way when it is destroyed, and the engine takes back what was not settled', async () => {
    await channel.declareQueue('q');
    const next = await consumer('q');
    channel.publish('', 'q', 'kept');
    await next();
    channel.publish('', 'q', 'lost');
    connection.destroy(new ConnectionLostError('cut'));
    expect(await connection.closed).toMatchObject({ reason: 'lost', error: { message: 'cut' } });
    const other = await (await connectInProcess(engine)).openChannel();
    const again = await (await consumer('q', other))();
    expect([again.body.toString(), again.redelivered, readyIn('q')]).toEqual(['kept', true, 0]);
  });

  it('shows what goes over it to a tap, which may change it or let it vanish', async () => {
    const seen: string[] = [];
    const tapped = await connectInProcess(engine, {
      tap: {
        toBroker: (parcel) => {
          seen.push(parcel.method.name);
          return parcel.content?.body.toString() === 'vanish' ? undefined : parcel;
        },
        toClient: ({ channel: on, method, content }) => {
          seen.push(method.name);
          return { channel: on, method, ...(content && { content: { ...content, body: Buffer.from('changed') } }) };
        },
      },
    });
    const tappedChannel = await tapped.openChannel();
    await tappedChannel.declareQueue('q');
    for (const body of ['vanish', 'stay']) tappedChannel.publish('', 'q', body);
    expect((await tappedChannel.get('q'))?.body.toString()).toBe('changed');
    expect(await tappedChannel.get('q')).toBeUndefined();
    expect(seen).toEqual([
      'channel.open',
      'channel.open-ok',
      'queue.declare',
      'queue.declare-ok',
      'basic.publish',
      'basic.publish',
      'basic.get',
      'basic.get-ok',
      'basic.get',
      'basic.get-empty',
    ]);
  });
});

describe('a connection over which something goes wrong', () => {
  it('is lost when the broker fails, with what happened', async () => {
    const toBroker = (): never => {
      throw new TypeError('a bug');
    };
    const failing = await connectInProcess(engine, { tap: { toBroker } });
    await expect(failing.openChannel()).rejects.toThrow('The broker in this process failed: a bug');
    expect(await failing.closed).toMatchObject({
      reason: 'lost',
      error: { cause: expect.any(TypeError) as TypeError },
    });
    expect(engine.status().connections).toHaveLength(1);
  });

  it('is given up by the client when the broker says what has no place there', async () => {
    const confused = await connectInProcess(engine, {
      tap: { toClient: ({ channel: on }) => ({ channel: on, method: { name: 'tx.select-ok' } }) },
    });
    await expect(confused.openChannel()).rejects.toThrow('tx.select-ok');
    expect(await confused.closed).toMatchObject({ reason: 'lost', error: { code: 'MYCEL_AMQP_UNEXPECTED_FRAME' } });
    await Promise.resolve();
    expect(engine.status().connections).toHaveLength(1);
  });
});

describe('a channel to an engine in this process', () => {
  it('ends by a fault of its own, and its number can be used again', async () => {
    await expect(channel.bindQueue('none', 'amq.direct', 'k')).rejects.toMatchObject({
      code: 'MYCEL_AMQP_SERVER',
      replyCode: 404,
      replyText: "NOT_FOUND - no queue 'none' in vhost '/'",
      method: 'queue.bind',
    });
    expect((await connection.openChannel()).id).toBe(1);
  });

  it('may be closed by both sides at once', async () => {
    channel.publish('none', '', 'x');
    await channel.close();
    expect(await channel.closed).toMatchObject({ reason: 'server', error: { replyCode: 404 } });
    const others = [await connection.openChannel(), await connection.openChannel()];
    for (const other of others) await other.qos(1);
    expect(engine.status().connections[0]?.channels).toHaveLength(2);
  });

  it('is told that its consumer ended with the queue', async () => {
    await channel.declareQueue('q');
    const told = deferred<string>();
    await channel.consume('q', () => undefined, { onCancelled: told.resolve });
    await channel.deleteQueue('q');
    expect(await told.promise).toContain('its queue was deleted');
  });
});
