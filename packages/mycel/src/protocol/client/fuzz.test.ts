import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mutated, randomChunks } from '../../../../../tests/support/frame-mutations.ts';
import { sampleMethods, validFrames } from '../../../../../tests/support/frame-streams.ts';
import { fuzz, fuzzTimeoutMs } from '../../../../../tests/support/fuzz-cases.ts';
import { type PeerConnection, ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import type { SeededRandom } from '../../../../../tests/support/seeded-random.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpError } from '../codec/amqp-error.ts';
import { encodeMethod } from '../codec/frame-encoder.ts';
import type { Method } from '../codec/methods/method.ts';
import { WireWriter } from '../codec/wire-writer.ts';
import { AmqpConnection } from './amqp-connection.ts';

const CASES = 150;
const timeout = fuzzTimeoutMs(CASES, 40);

forbidUnhandledRejections();

let peer: ScriptedPeer;
let uncaught: unknown[];
const notice = (error: unknown): void => void uncaught.push(error);

beforeEach(async () => {
  uncaught = [];
  process.on('uncaughtException', notice);
  peer = await ScriptedPeer.start();
});

afterEach(async () => {
  await peer[Symbol.asyncDispose]();
  process.off('uncaughtException', notice);
  expect(uncaught).toEqual([]);
});

/** What a broker says at any time, and what it answers to the requests that wait below; the rest is out of place. */
const spoken: readonly Method[] = [
  ...sampleMethods(100),
  ...sampleMethods(120, ['basic.deliver', 'basic.return', 'basic.ack', 'basic.nack', 'basic.cancel', 'channel.flow']),
  ...sampleMethods(40, ['connection.blocked', 'connection.unblocked', 'queue.declare-ok', 'basic.get-ok']),
].map((method) => ('consumerTag' in method ? { ...method, consumerTag: 'tag' } : method));

/** What a broker says until a connection is open, whether or not the client says anything; the limits are any. */
function handshakeFrames(random: SeededRandom): Buffer[] {
  const offers = { mechanisms: Buffer.from('PLAIN EXTERNAL'), locales: Buffer.from('en_US') };
  const serverProperties = { product: 'Mad', capabilities: { 'basic.nack': true } };
  const limits = {
    channelMax: random.pick([0, 1, 2047, 65_535]),
    frameMax: random.pick([0, 1, 8, 9, 100, 4095, 4096, 131_072, 2 ** 32 - 1]),
    heartbeat: random.pick([0, 1, 60, 65_535]),
  };
  const methods: readonly Method[] = [
    { name: 'connection.start', versionMajor: 0, versionMinor: 9, serverProperties, ...offers },
    { name: 'connection.tune', ...limits },
    { name: 'connection.open-ok' },
    { name: 'connection.blocked', reason: 'low on memory' },
  ];
  return methods.map((method) => {
    const writer = new WireWriter();
    encodeMethod(writer, 0, 4096, method);
    return writer.take();
  });
}

async function connected(errors: unknown[]): Promise<[AmqpConnection, PeerConnection]> {
  const onError = (error: unknown) => void errors.push(error);
  const connecting = AmqpConnection.connect({ port: peer.port, frameMax: 4096, onError });
  const client = await peer.accept();
  await client.shakeHands();
  return [await connecting, client];
}

/** Opens a channel that confirms and consumes, and leaves requests of all kinds without an answer: they settle in the end. */
async function askEverything(
  connection: AmqpConnection,
  client: PeerConnection,
): Promise<{ settled: Promise<PromiseSettledResult<unknown>[]> }> {
  const [channel] = await Promise.all([connection.openChannel(), client.openChannel()]);
  const confirming = channel.confirmSelect();
  await client.expect('confirm.select');
  client.send(1, { name: 'confirm.select-ok' });
  await confirming;
  const consuming = channel.consume('q', () => undefined, { consumerTag: 'tag' });
  await client.expect('basic.consume');
  client.send(1, { name: 'basic.consume-ok', consumerTag: 'tag' });
  await consuming;
  const settled = Promise.allSettled([
    channel.publishConfirmed('e', 'k', 'x', {}, { mandatory: true }),
    channel.publishConfirmed('e', 'k', 'y'),
    channel.declareQueue('q'),
    channel.get('q'),
    connection.updateSecret('s', 'r'),
    connection.openChannel(),
    channel.closed,
  ]);
  await client.expect('basic.publish');
  return { settled };
}

/** Sends a stream in chunks, then ends the connection: whoever is still listening hears that it is over. */
function sendAndEnd(client: PeerConnection, bytes: Buffer, random: SeededRandom): void {
  for (const chunk of randomChunks(bytes, random).slice(0, 50)) client.socket.write(chunk);
  client.socket.end();
}

function expectTyped(error: unknown): void {
  if (!(error instanceof AmqpError)) throw new Error(`not a typed error: ${String(error)}`, { cause: error });
}

function expectNothingUncaught(): void {
  if (uncaught.length > 0) throw new Error(`uncaught: ${String(uncaught[0])}`, { cause: uncaught.splice(0)[0] });
}

describe('AmqpConnection with a peer gone mad', () => {
  it('ends with a typed error, once, and settles everything that waited', { timeout }, async () => {
    const codes = new Set<string>();
    const tried = await fuzz(CASES, async (random) => {
      const errors: unknown[] = [];
      const [connection, client] = await connected(errors);
      const { settled } = await askEverything(connection, client);
      sendAndEnd(client, mutated(validFrames(random, spoken, [0, 1, 1, 1, 2]), random), random);
      const closed = await connection.closed;
      expect(closed.reason).toMatch(/^(lost|server)$/);
      expectTyped(closed.error);
      for (const outcome of await settled) if (outcome.status === 'rejected') expectTyped(outcome.reason);
      for (const error of errors) expectTyped(error);
      expect(connection.isOpen).toBe(false);
      expectNothingUncaught();
      codes.add(closed.error?.code ?? '');
    });
    if (tried >= CASES) {
      expect([...codes]).toEqual(expect.arrayContaining(['MYCEL_AMQP_MALFORMED_FRAME', 'MYCEL_AMQP_UNEXPECTED_FRAME']));
    }
  });

  it('opens or fails with a typed error when the handshake is mutated', { timeout }, async () => {
    await fuzz(CASES, async (random) => {
      const connecting = AmqpConnection.connect({ port: peer.port, frameMax: 4096 });
      const opening = connecting.then(
        (connection) => connection.closed.then(({ error }) => error),
        (error: unknown) => error,
      );
      const client = await peer.accept();
      sendAndEnd(client, mutated(handshakeFrames(random), random), random);
      expectTyped(await opening);
      expectNothingUncaught();
    });
  });
});
