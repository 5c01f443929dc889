import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { mutated, randomChunks } from '../../../../../tests/support/frame-mutations.ts';
import { sampleMethods, validFrames } from '../../../../../tests/support/frame-streams.ts';
import { fuzz, fuzzTimeoutMs } from '../../../../../tests/support/fuzz-cases.ts';
import { frank, type Heard, RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { type LogRecord, recordingLogger } from '../../../../../tests/support/recording-logger.ts';
import type { SeededRandom } from '../../../../../tests/support/seeded-random.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { encodeMethod, type Method, WireWriter } from '../../protocol/codec/index.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';

const CASES = 150;
const timeout = fuzzTimeoutMs(CASES, 60);

forbidUnhandledRejections();

let broker: EmbeddedBroker;
let uncaught: unknown[] = [];
const records: LogRecord[] = [];
const notice = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  broker = await startBroker({ port: 0, logger: recordingLogger(records), limits: { goodbyeTimeoutMs: 500 } });
});
afterAll(async () => broker.close());
beforeEach(() => {
  uncaught = [];
  records.length = 0;
  process.on('uncaughtException', notice);
});
afterEach(() => {
  process.off('uncaughtException', notice);
  expect(uncaught).toEqual([]);
});

/** What clients say, about few names so that much of it makes sense together. */
const spoken: readonly Method[] = [
  ...sampleMethods(150),
  ...sampleMethods(250, ['basic.publish', 'basic.ack', 'basic.nack', 'basic.reject', 'basic.get', 'basic.consume']),
  ...sampleMethods(150, [
    'queue.declare',
    'queue.bind',
    'queue.delete',
    'exchange.declare',
    'exchange.bind',
    'tx.select',
  ]),
].map((method, index) => ({
  ...method,
  ...('queue' in method ? { queue: `q${index % 3}` } : {}),
  ...('exchange' in method ? { exchange: ['', 'e', 'amq.topic', 'amq.headers'][index % 4] ?? '' } : {}),
  ...('routingKey' in method ? { routingKey: `q${index % 3}` } : {}),
  ...('deliveryTag' in method ? { deliveryTag: index % 4 } : {}),
}));

function handshakeFrames(random: SeededRandom): Buffer[] {
  const limits = {
    channelMax: random.pick([0, 1, 2047, 65_535]),
    frameMax: random.pick([0, 8, 4096, 131_072, 2 ** 32 - 1]),
    heartbeat: random.pick([0, 1, 60, 65_535]),
  };
  const methods: readonly Method[] = [
    {
      name: 'connection.start-ok',
      clientProperties: frank,
      mechanism: 'PLAIN',
      response: Buffer.from('\0guest\0guest'),
      locale: 'en_US',
    },
    { name: 'connection.tune-ok', ...limits },
    { name: 'connection.open', virtualHost: '/' },
  ];
  return methods.map((method) => {
    const writer = new WireWriter();
    encodeMethod(writer, 0, 8192, method);
    return writer.take();
  });
}

function sendAndEnd(client: RawAmqpClient, bytes: Buffer, random: SeededRandom): void {
  for (const chunk of randomChunks(bytes, random).slice(0, 50)) client.write(chunk);
  client.socket.end();
}

function codesOf(heard: readonly Heard[]): number[] {
  return heard.flatMap(({ method }) => (method && 'replyCode' in method ? [method.replyCode] : []));
}

/** The broker is as good as new for others, and has logged no mistake of its own. */
async function expectSound(): Promise<void> {
  if (uncaught.length > 0) throw new Error(`uncaught: ${String(uncaught[0])}`, { cause: uncaught[0] });
  const mistake = records.find(({ level }) => level === 'error');
  if (mistake) throw new Error(mistake.message, { cause: mistake.fields['err'] });
}

async function expectUsable(): Promise<void> {
  await using connection = await AmqpConnection.connect(connectOptionsOf(broker.uri));
  const channel = await connection.openChannel();
  const { queue } = await channel.declareQueue('', { exclusive: true });
  await channel.confirmSelect();
  await channel.publishConfirmed('', queue, 'x');
  expect((await channel.get(queue))?.body.toString()).toBe('x');
}

describe('a server with a client gone mad', () => {
  it('ends its connection with a code, or does what it says', { timeout }, async () => {
    const codes = new Set<number>();
    const tried = await fuzz(CASES, async (random) => {
      using client = await new RawAmqpClient(broker.server.address.port).shakeHands({ tune: { frameMax: 4096 } });
      await client.openChannel();
      sendAndEnd(client, mutated(validFrames(random, spoken, [0, 1, 1, 1, 1, 2]), random), random);
      for (const code of codesOf(await client.untilEnded())) codes.add(code);
      await expectSound();
    });
    await expectUsable();
    if (tried >= CASES) expect([...codes]).toEqual(expect.arrayContaining([404, 406, 501, 503, 504, 505]));
  });

  it('takes what is well formed, whatever it means', { timeout }, async () => {
    await fuzz(CASES, async (random) => {
      using client = await new RawAmqpClient(broker.server.address.port).shakeHands({ tune: { frameMax: 4096 } });
      await client.openChannel();
      sendAndEnd(client, Buffer.concat(validFrames(random, spoken, [1])), random);
      await client.untilEnded();
      await expectSound();
    });
    await expectUsable();
  });

  it('bears a mutated handshake', { timeout }, async () => {
    await fuzz(CASES, async (random) => {
      using client = new RawAmqpClient(broker.server.address.port).greet();
      sendAndEnd(client, mutated(handshakeFrames(random), random), random);
      await client.untilEnded();
      await expectSound();
    });
    await expectUsable();
  });

  it('bears any first bytes', { timeout }, async () => {
    await fuzz(CASES, async (random) => {
      using client = new RawAmqpClient(broker.server.address.port);
      client.socket.removeAllListeners('data').resume();
      const start = random.pick(['', 'AMQP', 'AMQP\0\0\x09\x01', 'GET ', 'GET / HTTP/1.1\r\nHost: ', 'POST /']);
      sendAndEnd(client, Buffer.concat([Buffer.from(start, 'latin1'), random.bytes(random.below(300))]), random);
      await client.ended;
      await expectSound();
    });
    await expectUsable();
  });

  it('forgets them all', () => {
    expect(broker.engine.status().connections).toEqual([]);
  });
});
