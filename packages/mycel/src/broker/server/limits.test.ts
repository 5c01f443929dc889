import { describe, expect, it, onTestFinished } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { declareQueue, type Heard, publishTo, RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import type { ServerLimits } from './server-limits.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

forbidUnhandledRejections();

async function start(limits: Partial<ServerLimits>): Promise<[broker: EmbeddedBroker, port: number]> {
  const broker = await startBroker({ port: 0, limits });
  onTestFinished(async () => broker.close());
  return [broker, broker.server.address.port];
}

/** A header frame that announces a body. */
function headerOf(channel: number, bodySize: number): Buffer {
  const frame = Buffer.from('0200000000000e003c000000000000000000000000ce', 'hex');
  frame.writeUInt16BE(channel, 1);
  frame.writeBigUInt64BE(BigInt(bodySize), 11);
  return frame;
}

function bodyFrame(channel: number, bytes: number): Buffer {
  const frame = Buffer.alloc(bytes + 8, 'x');
  frame.writeUInt8(3, 0);
  frame.writeUInt16BE(channel, 1);
  frame.writeUInt32BE(bytes, 3);
  frame[frame.length - 1] = 0xce;
  return frame;
}

describe('the limits of a server', () => {
  it('are told to clients', async () => {
    const [broker] = await start({ channels: 7, frameBytes: 5000, heartbeatSeconds: 11 });
    await using connection = await AmqpConnection.connect(connectOptionsOf(broker.uri));
    const { channelMax, frameMax, heartbeatSeconds } = connection;
    expect({ channelMax, frameMax, heartbeatSeconds }).toEqual({ channelMax: 7, frameMax: 5000, heartbeatSeconds: 11 });
  });

  it('drop a connection that is one too many, and take others when there is room', async () => {
    const [, port] = await start({ connections: 2 });
    using first = await new RawAmqpClient(port).shakeHands();
    using second = await new RawAmqpClient(port).shakeHands();
    using third = new RawAmqpClient(port).greet();
    expect(await third.untilEnded()).toEqual([]);
    first.send(0, { name: 'connection.close', replyCode: 200, replyText: '', failedClassId: 0, failedMethodId: 0 });
    await first.expect('connection.close-ok');
    // It takes the server a moment to learn that the socket is gone.
    let heard: Heard | undefined;
    for (let left = 1000; left > 0 && !heard; left--) {
      using fourth = new RawAmqpClient(port).greet();
      heard = await fourth.next();
    }
    expect(heard).toMatchObject({ method: { name: 'connection.start' } });
    await second.openChannel();
  });

  it('drop the oldest of those who do not open their connections, so that others can', async () => {
    const [, port] = await start({ unopenedPerAddress: 3 });
    const idle = Array.from({ length: 50 }, () => new RawAmqpClient(port));
    onTestFinished(() => {
      for (const client of idle) client[Symbol.dispose]();
    });
    using honest = await new RawAmqpClient(port).shakeHands();
    await honest.openChannel();
    await Promise.all(idle.slice(0, 40).map(({ ended }) => ended));
  });

  it('drop who does not open its connection in time, whatever it has said, and nobody else', async () => {
    const [, port] = await start({ handshakeTimeoutMs: 1000 });
    using honest = await new RawAmqpClient(port).shakeHands();
    using silent = new RawAmqpClient(port);
    using slow = new RawAmqpClient(port).write('AMQ');
    using greeting = new RawAmqpClient(port).greet();
    await greeting.expect('connection.start');
    using asking = new RawAmqpClient(port).write('GET /status HTTP/1.1\r\n');
    await Promise.all([silent.ended, slow.ended, greeting.ended, asking.ended]);
    await honest.openChannel();
  });

  it('refuse a message by its header when it is too large, and ignore its body', async () => {
    const [, port] = await start({ messageBytes: 1000 });
    using client = await new RawAmqpClient(port).shakeHands();
    await client.openChannel();
    client.send(1, publishTo('q')).write(headerOf(1, 2 ** 40));
    expect(await client.expect('channel.close')).toMatchObject({
      replyCode: 406,
      replyText: `PRECONDITION_FAILED - message size ${2 ** 40} is larger than configured max size 1000`,
      failedClassId: 60,
      failedMethodId: 40,
    });
    client.write(bodyFrame(1, 5000)).send(1, { name: 'channel.close-ok' });
    await client.openChannel();
  });

  it('let the payload of a frame be as large as a frame may be, for clients that count no more, but no larger', async () => {
    const [, port] = await start({});
    using client = await new RawAmqpClient(port).shakeHands({ tune: { frameMax: 4096 } });
    await client.openChannel();
    await client.send(1, declareQueue('q')).expect('queue.declare-ok');
    client.send(1, publishTo('q')).write(headerOf(1, 4096)).write(bodyFrame(1, 4096));
    client.send(1, publishTo('q')).write(headerOf(1, 1)).write(bodyFrame(1, 1));
    expect(await client.send(1, declareQueue('q')).expect('queue.declare-ok')).toMatchObject({ messageCount: 2 });
    client.send(1, publishTo('q')).write(headerOf(1, 4097)).write(bodyFrame(1, 4097));
    expect(await client.expect('connection.close')).toMatchObject({ replyCode: 501 });
  });

  it('close the connection that sends too much of messages it does not complete', async () => {
    const [broker, port] = await start({ partialBytes: 10_000 });
    using client = await new RawAmqpClient(port).shakeHands();
    for (const channel of [1, 2]) {
      await client.openChannel(channel);
      client.send(channel, publishTo('q')).write(headerOf(channel, 100_000)).write(bodyFrame(channel, 6000));
    }
    expect(await client.expect('connection.close')).toMatchObject({ replyCode: 506, failedMethodId: 40 });
    client.send(0, { name: 'connection.close-ok' });
    await client.ended;
    // What it held is free again.
    await using other = await AmqpConnection.connect({ ...connectOptionsOf(broker.uri), frameMax: 4096 });
    const channel = await other.openChannel();
    await channel.declareQueue('q');
    await channel.confirmSelect();
    await channel.publishConfirmed('', 'q', Buffer.alloc(9000));
  });

  it('close the connection that left messages incomplete, and not the one whose message is coming', async () => {
    const [broker, port] = await start({ partialBytes: 10_000 });
    using client = await new RawAmqpClient(port).shakeHands();
    await client.openChannel();
    client.send(1, publishTo('q')).write(headerOf(1, 100_000)).write(bodyFrame(1, 6000));
    await client.openChannel(2);
    await using other = await AmqpConnection.connect({ ...connectOptionsOf(broker.uri), frameMax: 4096 });
    const channel = await other.openChannel();
    await channel.declareQueue('q');
    await channel.confirmSelect();
    await channel.publishConfirmed('', 'q', Buffer.alloc(9000));
    expect(await client.expect('connection.close')).toMatchObject({ replyCode: 506, failedMethodId: 40 });
  });

  it('count a body in very small parts for what it costs', async () => {
    const [, port] = await start({ partialBytes: 10_000 });
    using client = await new RawAmqpClient(port).shakeHands();
    await client.openChannel();
    client.send(1, publishTo('q')).write(headerOf(1, 100_000));
    client.write(Buffer.concat(Array.from({ length: 100 }, () => bodyFrame(1, 1))));
    expect(await client.expect('connection.close')).toMatchObject({ replyCode: 506 });
  });

  it('close a connection whose names can reach nobody, before they reach somebody', async () => {
    const [, port] = await start({});
    using client = await new RawAmqpClient(port).shakeHands();
    await client.openChannel();
    await client.send(1, declareQueue('q')).expect('queue.declare-ok');
    // 255 bytes that are no UTF-8: read as text they would be 765.
    const publish = Buffer.concat([
      Buffer.from('003c0028000000ff', 'hex'),
      Buffer.alloc(255, 0xff),
      Buffer.from('00', 'hex'),
    ]);
    const head = Buffer.from('01000100000000', 'hex');
    head.writeUInt32BE(publish.length, 3);
    client.write(Buffer.concat([head, publish, Buffer.of(0xce)]));
    expect(await client.expect('connection.close')).toMatchObject({
      replyCode: 501,
      failedClassId: 60,
      failedMethodId: 40,
    });
  });
});
