import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { UsageError } from '../../foundation/errors.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import { BrokerListenError } from './listen-error.ts';
import { identifyPortHolder } from './port-holder.ts';
import { type EmbeddedBroker, startBroker, type StartBrokerOptions } from './start-broker.ts';

forbidUnhandledRejections();

async function start(options: StartBrokerOptions = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker({ port: 0, ...options });
  onTestFinished(async () => broker.close());
  return broker;
}

async function stranger(say: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).end(say)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  // It listens on TCP.
  return (server.address() as AddressInfo).port;
}

describe('startBroker', () => {
  it('carries messages between clients', async () => {
    const { uri } = await start();
    await using publisher = await AmqpConnection.connect(connectOptionsOf(uri));
    await using consumer = await AmqpConnection.connect(connectOptionsOf(uri));
    const [sending, receiving] = [await publisher.openChannel(), await consumer.openChannel()];
    await receiving.declareQueue('q');
    const received = new Promise((resolve) => {
      void receiving.consume('q', ({ body, properties }) => resolve([body.toString(), properties.messageId]));
    });
    await sending.confirmSelect();
    await sending.publishConfirmed('', 'q', 'hello', { messageId: 'm' });
    expect(await received).toEqual(['hello', 'm']);
  });

  it('has the system ask clients whether they are there, as some agree on no heartbeats', async () => {
    const keepAlive = vi.spyOn(Socket.prototype, 'setKeepAlive');
    onTestFinished(() => keepAlive.mockRestore());
    const { server } = await start();
    using client = await new RawAmqpClient(server.address.port).shakeHands({ tune: { heartbeat: 0 } });
    // The method of a socket.
    const asked = keepAlive.mock.contexts.map((socket) => (socket as Socket).remotePort);
    expect(asked).toContain(client.socket.localPort);
    expect(keepAlive.mock.calls[asked.indexOf(client.socket.localPort)]).toEqual([true, 60_000]);
  });

  it('has the users and virtual hosts it is given, and tells where', async () => {
    const { uri } = await start({ users: { 'a b': 'p:/' }, vhosts: ['my/host'] });
    expect(uri).toMatch(/^amqp:\/\/a%20b:p%3A%2F@127\.0\.0\.1:\d+\/my%2Fhost$/);
    await using connection = await AmqpConnection.connect(connectOptionsOf(uri));
    expect(connection.serverProperties).toMatchObject({
      product: 'Mycel',
      mycel: { embedded: true, pid: process.pid },
    });
    await expect(AmqpConnection.connect({ ...connectOptionsOf(uri), vhost: '/' })).rejects.toThrow(
      /vhost \/ not found/,
    );
    const port = Number(new URL(uri).port);
    await expect(AmqpConnection.connect({ port, vhost: 'my/host' })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_ACCESS_REFUSED',
    });
  });

  it('rejects for a port that is taken, and says by whom', async () => {
    const { server } = await start();
    const { port } = server.address;
    const error = await startBroker({ port }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BrokerListenError);
    expect(error).toMatchObject({ code: 'MYCEL_BROKER_LISTEN', port, holder: { kind: 'mycel', pid: process.pid } });
    expect(String(error)).toContain(`taken by another embedded broker of Mycel`);
    await expect(startBroker({ port: await stranger('hello, I am something else\r\n') })).rejects.toThrow(
      /taken by another program/,
    );
  });

  it.each([
    ['that is not of this machine', { host: '192.0.2.1' }, /no interface of this machine has that address/],
    ['that nobody knows', { host: 'nobody.invalid' }, /the host is unknown/],
  ])('rejects for an address %s', async (_, options, message) => {
    await expect(startBroker({ port: 0, ...options })).rejects.toThrow(message);
  });

  it('rejects for options that cannot be', async () => {
    await expect(startBroker({ port: 65_536 })).rejects.toThrow(UsageError);
    await expect(startBroker({ port: 0, limits: { channels: 0 } })).rejects.toThrow(/channels must be/);
  });
});

describe('identifyPortHolder', () => {
  it('tells brokers from others, and from nobody', async () => {
    const { server } = await start();
    expect(await identifyPortHolder('127.0.0.1', server.address.port)).toMatchObject({
      kind: 'mycel',
      instance: server.instance,
    });
    expect(await identifyPortHolder('127.0.0.1', await stranger(''))).toEqual({ kind: 'unknown' });
    expect(await identifyPortHolder('127.0.0.1', await stranger('SSH-2.0-OpenSSH_9.2\r\n'))).toEqual({
      kind: 'unknown',
    });
    await server.close();
    expect(await identifyPortHolder('127.0.0.1', server.address.port)).toEqual({ kind: 'nobody' });
  });
});

describe('closing a broker', () => {
  it('tells its clients, and takes no more', async () => {
    const broker = await start();
    const connection = await AmqpConnection.connect(connectOptionsOf(broker.uri));
    await Promise.all([broker.close(), broker.close()]);
    expect(await connection.closed).toMatchObject({
      reason: 'server',
      error: {
        replyCode: 320,
        replyText: "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
      },
    });
    await expect(AmqpConnection.connect(connectOptionsOf(broker.uri))).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
    });
  });

  it('does not wait for those who have not greeted, or are in the middle of it', async () => {
    const broker = await start();
    const { port } = broker.server.address;
    using silent = new RawAmqpClient(port);
    using greeting = new RawAmqpClient(port).greet();
    await greeting.expect('connection.start');
    const connection = await AmqpConnection.connect(connectOptionsOf(broker.uri));
    await broker.close();
    await Promise.all([silent.ended, greeting.ended]);
    // The others have their time to say goodbye.
    expect(await connection.closed).toMatchObject({ error: { replyCode: 320 } });
  });

  it('drops a client that does not answer', async () => {
    const broker = await start({ limits: { goodbyeTimeoutMs: 20 } });
    using mute = await new RawAmqpClient(broker.server.address.port).shakeHands();
    const closed = broker.close();
    await mute.expect('connection.close');
    await closed;
    await mute.ended;
  });

  it('ends the connections of a virtual host that is deleted, and no others', async () => {
    const broker = await start({ vhosts: ['/', 'other'] });
    const lost = await AmqpConnection.connect({ ...connectOptionsOf(broker.uri), vhost: 'other' });
    await using kept = await AmqpConnection.connect(connectOptionsOf(broker.uri));
    broker.engine.deleteVhost('other');
    expect(await lost.closed).toMatchObject({ reason: 'server', error: { replyCode: 320 } });
    await kept.openChannel();
  });
});
