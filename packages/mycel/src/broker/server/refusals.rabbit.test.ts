import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rabbitUri, rabbitVersion } from '../../../../../tests/support/rabbit.ts';
import {
  declareQueue,
  type Heard,
  frank,
  publishTo,
  RawAmqpClient,
  type RawHandshake,
} from '../../../../../tests/support/raw-amqp-client.ts';
import type { Method } from '../../protocol/codec/index.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

let broker: EmbeddedBroker;
/** RabbitMQ 4 offers AMQP 1.0 to strangers, and begins to speak it with those who ask for it. */
const speaksAmqp1 = Number.parseInt(await rabbitVersion(), 10) >= 4;
const rabbitPort = Number(new URL(rabbitUri).port || 5672);

beforeAll(async () => {
  broker = await startBroker({ port: 0 });
});
afterAll(async () => broker.close());

/** What both brokers say until they end the connection. */
async function answersTo(provoke: (client: RawAmqpClient) => unknown): Promise<[embedded: Heard[], rabbit: Heard[]]> {
  const answers = async (port: number): Promise<Heard[]> => {
    using client = new RawAmqpClient(port);
    await provoke(client);
    return await client.untilEnded();
  };
  return Promise.all([answers(broker.server.address.port), answers(rabbitPort)]);
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const qos: Method = { name: 'basic.qos', prefetchSize: 0, prefetchCount: 1, global: false };
const close: Method = { name: 'connection.close', replyCode: 200, replyText: '', failedClassId: 0, failedMethodId: 0 };
const headerOf3Bytes = bytes('02 0001 0000000e 003c 0000 0000000000000003 0000 ce');

describe.concurrent('the server ends a connection as RabbitMQ does', () => {
  it.each([
    'AMQP\0\0\x09\x00',
    'AMQP\0\x01\0\0',
    'AMQP\x03\x01\0\0',
    'HELO\r\n\r\n\r\n',
    '\x16\x03\x01\0\x05\x01\0\0\x01',
  ])('that begins with %j', async (greeting) => {
    const [embedded, rabbit] = await answersTo((client) => client.write(greeting));
    expect(embedded).toEqual([{ channel: 0, header: '0-0-9-1' }]);
    if (speaksAmqp1) expect(JSON.stringify(rabbit)).toMatch(/"header":"(0-0-9-1|3-1-0-0)/);
    else expect(rabbit).toEqual(embedded);
  });

  it.each<[string, RawHandshake]>([
    ['a wrong password', { response: '\0guest\0wrong' }],
    ['an unknown user', { response: '\0nobody\0guest' }],
    ['a wrong password, of a client that cannot be told', { response: '\0guest\0wrong', clientProperties: {} }],
    ['a mechanism that is not offered', { mechanism: 'EXTERNAL' }],
    ['an AMQPLAIN response that is no table', { mechanism: 'AMQPLAIN', response: 'zz' }],
  ])('with %s', async (_, handshake) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.greet().expect('connection.start');
      client.startOk(handshake);
    });
    expect(embedded).toEqual(rabbit);
  });

  it.each<[string, RawHandshake]>([
    ['a virtual host that does not exist', { vhost: 'not there' }],
    ['a virtual host without a name', { vhost: '' }],
  ])('to %s', async (_, handshake) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.greet().expect('connection.start');
      await client.startOk().expect('connection.tune');
      client.tuneOk().open(handshake);
    });
    expect(embedded).toEqual(rabbit);
    expect(embedded).toMatchObject([{ method: { replyCode: 530 } }]);
  });

  it.each<[string, (client: RawAmqpClient) => unknown]>([
    ['tune-ok before start-ok', (client) => client.tuneOk()],
    ['open before start-ok', (client) => client.open()],
    ['a channel before start-ok', (client) => client.send(1, { name: 'channel.open' })],
    ['a goodbye before start-ok', (client) => client.send(0, close)],
    ['a frame of no type before start-ok', (client) => client.write(bytes('58 0000 00000000 ce'))],
  ])('that sends %s', async (_, provoke) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.greet().expect('connection.start');
      await provoke(client);
    });
    expect(embedded).toEqual(rabbit);
    expect(embedded).toEqual([]);
  });

  it.each<[string, (client: RawAmqpClient) => unknown]>([
    ['a channel before open', (client) => client.send(1, { name: 'channel.open' })],
    ['a goodbye before open', (client) => client.send(0, close)],
  ])('that sends %s', async (_, provoke) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.greet().expect('connection.start');
      await client.startOk().expect('connection.tune');
      client.tuneOk();
      await provoke(client);
    });
    expect(embedded).toEqual(rabbit);
  });

  it.each<[string, (client: RawAmqpClient) => unknown]>([
    ['a method on a channel that is not open', (client) => client.send(3, qos)],
    ['a message on a channel that is not open', (client) => client.publish(3, 'q', 'x')],
    ['a channel.close that is not open', (client) => client.send(3, { ...close, name: 'channel.close' })],
    ['a channel.open on channel 0', (client) => client.send(0, { name: 'channel.open' })],
    ['a request on channel 0', (client) => client.send(0, qos)],
    ['content on channel 0', (client) => client.write(bytes('03 0000 00000001 41 ce'))],
    ['a header on channel 0', (client) => client.write(bytes('02 0000 0000000e 003c 0000 0000000000000001 0000 ce'))],
    ['connection.open again', (client) => client.open()],
    ['connection.start-ok again', (client) => client.startOk({ clientProperties: frank })],
    ['connection.close-ok for nothing', (client) => client.send(0, { name: 'connection.close-ok' })],
    [
      'connection.open on a channel that is not open',
      (client) => client.send(1, { name: 'connection.open', virtualHost: '/' }),
    ],
    ['a heartbeat on a channel that is not open', (client) => client.write(bytes('08 0009 00000000 ce'))],
  ])('that sends %s', async (_, provoke) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands();
      await provoke(client);
    });
    expect(embedded).toEqual(rabbit);
  });

  it.each<[string, (client: RawAmqpClient) => unknown]>([
    ['channel.open', (client) => client.send(1, { name: 'channel.open' })],
    ['connection.close', (client) => client.send(1, close)],
    ['an answer to nothing', (client) => client.send(1, { name: 'basic.qos-ok' })],
    ['a header without its method', (client) => client.write(headerOf3Bytes)],
    ['a body without its header', (client) => client.write(bytes('03 0001 00000001 41 ce'))],
    ['a method where a header is due', (client) => client.send(1, publishMethod).send(1, qos)],
    ['a body where a header is due', (client) => client.send(1, publishMethod).write(bytes('03 0001 00000001 41 ce'))],
    ['a method where a body is due', (client) => client.send(1, publishMethod).write(headerOf3Bytes).send(1, qos)],
    [
      'a header of another class',
      (client) => client.send(1, publishMethod).write(bytes('02 0001 0000000e 000a 0000 0000000000000001 0000 ce')),
    ],
    ['a heartbeat', (client) => client.write(bytes('08 0001 00000000 ce'))],
    ['channel.flow, to stop', (client) => client.send(1, { name: 'channel.flow', active: false })],
  ])('that sends on an open channel %s', async (_, provoke) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands();
      await client.openChannel();
      await provoke(client);
    });
    expect(embedded).toEqual(rabbit);
  });

  it.each([
    ['a frame of no type', '4d 0001 00000004 41424344 ce'],
    ['a method that is too short', '01 0001 00000005 003c 000a 00 ce'],
    ['a method that does not exist', '01 0001 00000004 003c 00c8 ce'],
    ['a method that is too long', '01 0001 0000000d 003c 000a 0000000000010000ff ce'],
  ])('with the same code, that sends on an open channel %s', async (_, hex) => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands();
      await client.openChannel();
      client.write(bytes(hex));
    });
    expect(codesOf(embedded)).toEqual(codesOf(rabbit));
    expect(codesOf(embedded)).toEqual([501]);
  });

  it('that opens more channels than were agreed, whatever their numbers', async () => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands({ tune: { channelMax: 2 } });
      await client.openChannel(1);
      await client.openChannel(2000);
      client.send(3, { name: 'channel.open' });
    });
    expect(embedded).toEqual(rabbit);
    expect(embedded).toMatchObject([{ method: { replyCode: 530 } }]);
  });
});

describe.concurrent('the server ends a channel as RabbitMQ does', () => {
  it('and takes nothing on it until the client has agreed; then its number is free', async () => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands();
      await client.openChannel();
      client.send(1, { ...declareQueue('not-there'), passive: true } as Method).send(1, qos);
      await client.expect('channel.close');
      client.publish(1, 'q', 'x').send(1, qos).send(1, { name: 'channel.close-ok' });
      await client.openChannel();
      await client.send(1, qos).expect('basic.qos-ok');
      await client.send(0, close).expect('connection.close-ok');
      client.socket.end();
    });
    expect(embedded).toEqual(rabbit);
  });

  it('and answers when both say goodbye at once', async () => {
    const [embedded, rabbit] = await answersTo(async (client) => {
      await client.shakeHands();
      await client.openChannel();
      client.send(1, { ...declareQueue('not-there'), passive: true } as Method);
      await client.expect('channel.close');
      await client.send(1, { ...close, name: 'channel.close' }).expect('channel.close-ok');
      client.send(1, { name: 'channel.close-ok' });
      await client.openChannel();
      await client.send(0, close).expect('connection.close-ok');
      client.socket.end();
    });
    expect(embedded).toEqual(rabbit);
  });
});

const publishMethod = publishTo('q');

function codesOf(heard: readonly Heard[]): unknown[] {
  return heard.map(({ method }) => method?.name === 'connection.close' && method.replyCode);
}
