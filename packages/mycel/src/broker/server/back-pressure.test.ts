import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { EngineClient } from '../../../../../tests/support/engine-client.ts';
import { declareQueue, RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import type { Method } from '../../protocol/codec/index.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import type { AmqpChannel } from '../../protocol/client/index.ts';
import { type EmbeddedBroker, startBroker, type StartBrokerOptions } from './start-broker.ts';

forbidUnhandledRejections();

async function start(options: StartBrokerOptions = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker({ port: 0, ...options });
  onTestFinished(async () => broker.close());
  return broker;
}

async function channelOf(broker: EmbeddedBroker, clientProperties = {}): Promise<[AmqpConnection, AmqpChannel]> {
  const connection = await AmqpConnection.connect({ ...connectOptionsOf(broker.uri), clientProperties });
  onTestFinished(() => connection.destroy());
  return [connection, await connection.openChannel()];
}

const consume: Method = {
  name: 'basic.consume',
  queue: 'q',
  consumerTag: 'tag',
  noLocal: false,
  noAck: true,
  exclusive: false,
  noWait: false,
  arguments: {},
};
const get: Method = { name: 'basic.get', queue: 'q', noAck: false };
const megabyte = Buffer.alloc(1_000_000, 'x');

async function fill(broker: EmbeddedBroker, messages: number): Promise<void> {
  const [, channel] = await channelOf(broker);
  await channel.declareQueue('q');
  await channel.confirmSelect();
  await Promise.all(Array.from({ length: messages }, () => channel.publishConfirmed('', 'q', megabyte)));
}

function ready(broker: EmbeddedBroker): number | undefined {
  return broker.engine.status().vhosts[0]?.queues[0]?.ready;
}

describe('a client that reads slowly', () => {
  it('leaves its messages in the queue, and gets all of them when it reads', async () => {
    const broker = await start();
    await fill(broker, 60);
    using slow = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await slow.openChannel();
    await slow
      .send(1, { ...consume, noWait: true })
      .send(1, { name: 'basic.qos', prefetchSize: 0, prefetchCount: 0, global: false })
      .expect('basic.deliver');
    slow.socket.pause();
    // What the system buffers is unknown, but not all of that.
    expect(ready(broker)).toBeGreaterThan(20);
    expect(broker.engine.status().connections.map(({ paused }) => paused)).toContain(true);
    slow.socket.resume();
    for (let bytes = 0; bytes < 60 * megabyte.length; ) {
      const heard = await slow.next();
      if (!heard) throw new Error(`it was dropped after ${bytes} bytes`);
      bytes += heard.payload?.length ?? 0;
    }
    expect(ready(broker)).toBe(0);
  });

  it('keeps nobody else waiting', async () => {
    const broker = await start();
    await fill(broker, 40);
    using slow = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await slow.openChannel();
    slow.send(1, consume);
    await slow.expect('basic.consume-ok');
    slow.socket.pause();
    const [, other] = await channelOf(broker);
    const left = ready(broker) ?? 0;
    await new Promise<void>((resolve) => {
      let count = 0;
      void other.consume('q', () => void ((count += 1) >= left && resolve()), { noAck: true });
    });
    expect(ready(broker)).toBe(0);
  });

  it('is not read any more while it owes the reading of many answers, and dropped when that lasts', async () => {
    const broker = await start({ limits: { unreadTimeoutMs: 50 } });
    await fill(broker, 60);
    using greedy = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await greedy.openChannel();
    greedy.socket.pause();
    for (let left = 60; left > 0; left--) greedy.send(1, get);
    await vi.waitUntil(() => broker.engine.status().connections.length === 1, { interval: 5, timeout: 20_000 });
    // Messages that it had not asked for in vain were never taken out of the queue.
    expect(ready(broker)).toBe(60);
    expect(broker.engine.status().totals.delivered).toBeLessThan(60);
  });

  it('does not get what waits for others who read slowly: a message for many is not kept for each of them', async () => {
    const broker = await start({ limits: { unsentBytes: 10 * megabyte.length } });
    const [, sending] = await channelOf(broker);
    const slow: RawAmqpClient[] = [];
    for (const queue of ['q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z']) {
      await sending.declareQueue(queue);
      await sending.bindQueue(queue, 'amq.fanout', '');
      const client = await new RawAmqpClient(broker.server.address.port).shakeHands();
      onTestFinished(() => client[Symbol.dispose]());
      await client.openChannel();
      await client.send(1, { ...consume, queue }).expect('basic.consume-ok');
      client.socket.pause();
      slow.push(client);
    }
    await sending.confirmSelect();
    await sending.publishConfirmed('amq.fanout', '', Buffer.alloc(5 * megabyte.length));
    const waiting = broker.engine.status().vhosts[0]?.queues.filter(({ ready: count }) => count > 0);
    expect(waiting?.length).toBeGreaterThan(4);
    for (const client of slow) client.socket.resume();
    for (const client of slow) await client.expect('basic.deliver');
  });

  it('keeps others from publishing when too much waits for it, until it reads', async () => {
    const broker = await start({ limits: { unsentBytes: 10 * megabyte.length } });
    await fill(broker, 1);
    const [, sending] = await channelOf(broker);
    await sending.confirmSelect();
    await sending.publishConfirmed('', 'q', Buffer.alloc(30 * megabyte.length));
    using slow = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await slow.openChannel();
    await slow.send(1, { ...consume, noWait: true }).expect('basic.deliver');
    slow.socket.pause();
    const clientProperties = { capabilities: { 'connection.blocked': true } };
    using publisher = await new RawAmqpClient(broker.server.address.port).shakeHands({ clientProperties });
    await publisher.openChannel();
    await publisher.publish(1, 'q', 'a').expect('connection.blocked');
    slow.socket.resume();
    await publisher.expect('connection.unblocked');
  });

  it('keeps others from publishing even if memory was short too, and is not any more', async () => {
    const broker = await start({
      memoryLimitBytes: 40 * megabyte.length,
      limits: { unsentBytes: 10 * megabyte.length },
    });
    await fill(broker, 1);
    const [, sending] = await channelOf(broker);
    await sending.confirmSelect();
    await sending.publishConfirmed('', 'q', Buffer.alloc(30 * megabyte.length));
    using slow = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await slow.openChannel();
    await slow.send(1, { ...consume, noWait: true }).expect('basic.deliver');
    slow.socket.pause();
    const clientProperties = { capabilities: { 'connection.blocked': true } };
    using publisher = await new RawAmqpClient(broker.server.address.port).shakeHands({ clientProperties });
    await publisher.openChannel();
    const inProcess = new EngineClient(broker.engine);
    inProcess.declare('other');
    inProcess.publish('other', 'x'.repeat(41 * megabyte.length));
    expect(inProcess.told).toEqual(['blocked: low on memory']);
    inProcess.channel.handle({ name: 'queue.purge', queue: 'other', noWait: true });
    expect(inProcess.told).toEqual(['blocked: low on memory', 'unblocked']);
    await publisher.publish(1, 'q', 'a').expect('connection.blocked');
    slow.socket.resume();
    await publisher.expect('connection.unblocked');
  });

  it('gets every answer when it reads in time', async () => {
    const broker = await start();
    await fill(broker, 60);
    using greedy = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await greedy.openChannel();
    for (let left = 60; left > 0; left--) greedy.send(1, get);
    for (let left = 60; left > 0; left--) await greedy.expect('basic.get-ok');
    expect(ready(broker)).toBe(0);
  });
});

describe('a broker that is low on memory', () => {
  const options = { memoryLimitBytes: 3_000_000 };

  it('stops reading who publishes, tells it, and goes on when memory is free', async () => {
    const broker = await start(options);
    const [publisher, sending] = await channelOf(broker);
    const [consumer, receiving] = await channelOf(broker);
    await receiving.declareQueue('q');
    const blocked = new Promise((resolve) => {
      publisher.onBlocked = resolve;
    });
    const unblocked = new Promise<void>((resolve) => {
      publisher.onUnblocked = resolve;
    });
    await sending.confirmSelect();
    const confirms = Array.from({ length: 20 }, () => sending.publishConfirmed('', 'q', megabyte));
    expect(await blocked).toBe('low on memory');
    expect(broker.engine.blockedReason).toBeDefined();
    expect(broker.engine.status().memory.usedBytes).toBeLessThan(6_000_000);
    // Who only consumes is not kept from it, and so frees memory.
    expect(consumer.blocked).toBeUndefined();
    const receivedAll = new Promise<void>((resolve) => {
      let received = 0;
      void receiving.consume('q', ({ deliveryTag }) => {
        receiving.ack(deliveryTag);
        received += 1;
        if (received === 20) resolve();
      });
    });
    await Promise.all([unblocked, receivedAll, ...confirms]);
    // The last acknowledgements are on their way.
    await receiving.declareQueue('q');
    expect(broker.engine.blockedReason).toBeUndefined();
  });

  it('still hears the goodbye of a client that it does not read', async () => {
    // Whoever is not heard has a minute.
    const broker = await start({ ...options, limits: { goodbyeTimeoutMs: 60_000 } });
    const [publisher, sending] = await channelOf(broker);
    await sending.declareQueue('q');
    const blocked = new Promise((resolve) => {
      publisher.onBlocked = resolve;
    });
    for (let left = 20; left > 0; left--) sending.publish('', 'q', megabyte);
    await blocked;
    await broker.close();
    expect(await publisher.closed).toMatchObject({ error: { replyCode: 320 } });
  });

  it('takes nothing of what is published while it is', async () => {
    const broker = await start(options);
    const [, sending] = await channelOf(broker);
    await sending.declareQueue('q');
    for (let left = 4; left > 0; left--) sending.publish('', 'q', megabyte);
    await vi.waitUntil(() => broker.engine.blockedReason !== undefined, { interval: 5, timeout: 20_000 });
    const { usedBytes } = broker.engine.status().memory;
    const capabilities = { 'connection.blocked': true };
    using late = await new RawAmqpClient(broker.server.address.port).shakeHands({ clientProperties: { capabilities } });
    await late.openChannel();
    await late.publish(1, 'q', 'small').expect('connection.blocked');
    expect(broker.engine.status().memory.usedBytes).toBe(usedBytes);
  });

  it('does not tell a client that would not understand', async () => {
    const broker = await start(options);
    using simple = await new RawAmqpClient(broker.server.address.port).shakeHands({ clientProperties: {} });
    await simple.openChannel();
    await simple.send(1, declareQueue('q')).expect('queue.declare-ok');
    for (let left = 6; left > 0; left--) simple.publish(1, 'q', megabyte);
    await vi.waitUntil(() => broker.engine.blockedReason !== undefined, { interval: 5, timeout: 20_000 });
    // Declaring it again would be answered, were it read.
    simple.send(1, declareQueue('q'));
    const [, other] = await channelOf(broker);
    await other.declareQueue('another');
    await broker.close();
    expect(await simple.next()).toMatchObject({ method: { name: 'connection.close', replyCode: 320 } });
  });
});
