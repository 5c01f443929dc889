import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { OutboundCall } from '../transport/rpc-transport.ts';
import type { OutboundEvent } from '../transport/event-transport.ts';
import { CallTimeoutError, PublishBufferError } from '../transport/transport-errors.ts';
import { AmqpTransport } from './amqp-transport.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let transport: AmqpTransport;
let records: LogRecord[];

beforeEach(async () => {
  broker = await ObligingBroker.start();
  records = [];
  transport = new AmqpTransport({ uri: broker.uri, publishTimeout: '1m', logger: recordingLogger(records) });
  await transport.open();
});

afterEach(async () => {
  const peer = broker.connections.at(-1);
  peer?.send(0, { name: 'connection.unblocked' });
  await transport.close();
  await broker[Symbol.asyncDispose]();
});

const context = { callIdStack: [], data: {} };

function sold(payload: unknown): OutboundEvent {
  return { source: 'shop', type: 'sold', payload, context };
}

function call(timeoutMs: number): OutboundCall {
  return { service: 'lab', method: 'add', args: [], kwargs: {}, context, timeoutMs, awaitsBroker: true };
}

async function block(): Promise<void> {
  const peer = await broker.connection(broker.connections.length);
  peer.send(0, { name: 'connection.blocked', reason: 'low on memory' });
  await expect
    .poll(() => records.map(({ message }) => message))
    .toContainEqual(expect.stringContaining('low on memory'));
}

async function unblock(): Promise<void> {
  (await broker.connection(broker.connections.length)).send(0, { name: 'connection.unblocked' });
}

describe('while the broker takes no messages', () => {
  it('events wait, and are published in order once it does', async () => {
    await transport.publish(sold('before'));
    await block();
    const before = broker.count('basic.publish');
    const waiting = [
      transport.publish(sold(1)),
      transport.publish(sold(2)),
      transport.publish({ ...sold(3), source: 'other' }),
    ];
    expect(broker.count('basic.publish')).toBe(before);
    await unblock();
    expect(await Promise.all(waiting)).toEqual([{ routed: true }, { routed: true }, { routed: true }]);
  });

  it('events are rejected, with its reason, when it takes too long', async () => {
    await transport.publish(sold('before'));
    await block();
    await expect(hurry(() => transport.publish(sold(1)), 100)).rejects.toThrow(
      /shop\.sold was not sent.*low on memory.*60000 ms/,
    );
  });

  it('events are refused at once when as many wait as memory is set aside for', async () => {
    await transport.publish(sold('before'));
    await block();
    const large = 'x'.repeat(8 * 1024 * 1024);
    const waiting = Array.from({ length: 7 }, () => transport.publish(sold(large)));
    await expect(transport.publish(sold(large))).rejects.toThrow(PublishBufferError);
    const small = transport.publish(sold('small'));
    await unblock();
    expect(await Promise.all([...waiting, small])).toHaveLength(8);
  });

  it('calls wait as long as their deadline lets them', async () => {
    await transport.prepareCalls();
    await transport.publish(sold('before'));
    await block();
    const before = broker.count('basic.publish');
    const [short, long] = [transport.call(call(50)), transport.call(call(60_000))];
    await expect(short.reply).rejects.toThrow(CallTimeoutError);
    await expect(short.reply).rejects.toThrow(/not sent.*took no messages/);
    expect(broker.count('basic.publish')).toBe(before);
    await unblock();
    await broker.until('basic.publish', before + 1);
    long.reply.catch(() => {});
  });

  it('a new connection may be published to', async () => {
    await transport.publish(sold('before'));
    await block();
    const waiting = transport.publish(sold(1));
    (await broker.connection(1)).socket.destroy();
    await hurry(() => waiting);
    expect(await waiting).toEqual({ routed: true });
  });
});
