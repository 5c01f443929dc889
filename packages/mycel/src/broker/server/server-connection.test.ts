import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { declareQueue, publishTo, RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { type LogRecord, recordingLogger } from '../../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection, type ConnectOptions } from '../../protocol/client/index.ts';
import { EngineChannel } from '../engine/engine-channel.ts';
import { EngineConnection } from '../engine/engine-connection.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

forbidUnhandledRejections();
afterEach(() => void vi.restoreAllMocks());

async function start(records: LogRecord[] = []): Promise<EmbeddedBroker> {
  const broker = await startBroker({ port: 0, logger: recordingLogger(records) });
  onTestFinished(async () => broker.close());
  return broker;
}

async function connect({ uri }: EmbeddedBroker, options: ConnectOptions = {}): Promise<AmqpConnection> {
  const connection = await AmqpConnection.connect({ ...connectOptionsOf(uri), ...options });
  onTestFinished(() => connection.destroy());
  return connection;
}

describe('a mistake of the broker itself', () => {
  it('ends the connection that met it with 541, is logged, and reaches nobody else', async () => {
    const records: LogRecord[] = [];
    const broker = await start(records);
    const [unlucky, other] = [await connect(broker), await connect(broker)];
    const channel = await unlucky.openChannel();
    vi.spyOn(EngineChannel.prototype, 'handle').mockImplementationOnce(() => {
      throw new TypeError('a bug');
    });
    await expect(channel.declareQueue('q')).rejects.toThrow();
    expect(await unlucky.closed).toMatchObject({ error: { replyCode: 541, replyText: 'INTERNAL_ERROR' } });
    expect(records.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'the broker failed: a bug', fields: { err: { message: 'a bug' } } },
    ]);
    await (await other.openChannel()).declareQueue('q');
  });

  it('in closing a connection is logged, and the connection closed', async () => {
    const records: LogRecord[] = [];
    const broker = await start(records);
    const connection = await connect(broker);
    vi.spyOn(EngineConnection.prototype, 'close').mockImplementationOnce(() => {
      throw new TypeError('a bug');
    });
    await connection.close();
    expect(records.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'the broker failed: a bug',
    ]);
  });
});

describe('a connection', () => {
  it('takes a new secret', async () => {
    const connection = await connect(await start());
    await connection.updateSecret('a token', 'the old one expires');
    await connection.openChannel();
  });

  it('whose frames are too small for the headers of a message is closed, and another gets the message', async () => {
    const broker = await start();
    const [publisher, small, large] = [
      await connect(broker),
      await connect(broker, { frameMax: 4096 }),
      await connect(broker),
    ];
    const sending = await publisher.openChannel();
    await sending.declareQueue('q');
    await (await small.openChannel()).consume('q', () => undefined);
    await sending.confirmSelect();
    await sending.publishConfirmed('', 'q', 'hello', { headers: { long: 'x'.repeat(10_000) } });
    expect(await small.closed).toMatchObject({ error: { replyCode: 501 } });
    const delivery = await (await large.openChannel()).get('q');
    expect([delivery?.body.toString(), delivery?.redelivered]).toEqual(['hello', true]);
  });

  it('that leaves without a word gives back what it held, and is logged', async () => {
    const records: LogRecord[] = [];
    const broker = await start(records);
    using rude = await new RawAmqpClient(broker.server.address.port).shakeHands({
      clientProperties: { connection_name: 'rude' },
    });
    const polite = await (await connect(broker)).openChannel();
    await polite.declareQueue('q');
    await rude.openChannel();
    rude.publish(1, 'q', 'x').send(1, { name: 'basic.get', queue: 'q', noAck: false });
    await rude.expect('basic.get-ok');
    const received = new Promise((resolve) => void polite.consume('q', ({ redelivered }) => resolve(redelivered)));
    rude.socket.destroy();
    expect(await received).toBe(true);
    expect(records.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^the client at 127\.0\.0\.1:\d+ \(rude\) left without closing its connection/),
    );
  });

  it('has its confirms of one turn gathered, behind messages that come back and before later answers', async () => {
    const broker = await start();
    using client = await new RawAmqpClient(broker.server.address.port).shakeHands();
    await client.openChannel();
    await client.send(1, declareQueue('q')).expect('queue.declare-ok');
    await client.send(1, { name: 'confirm.select', noWait: false }).expect('confirm.select-ok');
    client.socket.cork();
    for (let left = 5; left > 0; left--) client.publish(1, 'q', 'x');
    client.sendContent(1, publishTo('nobody', true), {}, 'x').publish(1, 'q', 'x').send(1, declareQueue('q'));
    client.socket.uncork();
    expect(await client.expect('basic.ack')).toEqual({ name: 'basic.ack', deliveryTag: 5, multiple: true });
    expect(await client.expect('basic.return')).toMatchObject({ routingKey: 'nobody' });
    expect(await client.expect('basic.ack')).toEqual({ name: 'basic.ack', deliveryTag: 7, multiple: true });
    await client.expect('queue.declare-ok');
  });
});
