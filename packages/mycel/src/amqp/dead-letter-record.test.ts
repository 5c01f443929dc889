import { describe, expect, it } from 'vitest';
import { decodeProperties, type MessageProperties, WireWriter, writeProperties } from '../protocol/codec/index.ts';
import type { DeadLetterFailure } from '../transport/dead-letter.ts';
import { type DeadLetterOrigin, readDeadLetter, writeDeadLetter } from './dead-letter-record.ts';
import { type ArrivedMessage, readMarks } from './event-marks.ts';

const origin: DeadLetterOrigin = {
  id: 'letter-1',
  at: 1_700_000_005_000,
  service: 'stock',
  method: 'on_sold',
  queue: 'evt-shop-sold--stock.on_sold',
  process: { host: 'box', pid: 12, mycel: '0.1.0', version: '2.3.4' },
};

const failure: DeadLetterFailure = {
  reason: 'invalid',
  error: {
    type: 'TypeError',
    message: 'no such thing',
    code: 'E_THING',
    stack: 'TypeError: no such thing\n    at here',
    problems: [{ path: 'id', message: 'must be a number' }],
  },
  attempts: 3,
  instance: 'stock-abc',
};

function message(given: Partial<ArrivedMessage> = {}): ArrivedMessage {
  return {
    exchange: 'shop.events',
    routingKey: 'sold',
    redelivered: false,
    properties: {
      contentType: 'application/json',
      messageId: 'm-1',
      headers: { 'nameko.call_id_stack': ['a.b.1', 'c.d.2'], 'mycel-first-failed-at': 1_700_000_000_000 },
    },
    body: Buffer.from('{"id":"x"}'),
    ...given,
  };
}

function encodeProperties(properties: MessageProperties): Buffer {
  const writer = new WireWriter();
  writeProperties(writer, properties);
  return writer.take();
}

/** As it comes out of the dead-letter queue. */
function kept(given: DeadLetterFailure, size?: 'full' | 'small', of = message()): ArrivedMessage {
  const properties = writeDeadLetter(of, readMarks(of), given, origin, size);
  const overTheWire = decodeProperties(encodeProperties(properties));
  return { ...of, exchange: '', routingKey: 'mycel.dead-letters', properties: overTheWire };
}

describe('a dead letter', () => {
  it('tells everything about the message and how it ended', () => {
    expect(readDeadLetter(kept(failure))).toEqual({
      ...failure,
      id: 'letter-1',
      service: 'stock',
      method: 'on_sold',
      version: '2.3.4',
      host: 'box',
      pid: 12,
      firstFailedAt: new Date(1_700_000_000_000),
      lastFailedAt: new Date(1_700_000_005_000),
      queue: 'evt-shop-sold--stock.on_sold',
      exchange: 'shop.events',
      routingKey: 'sold',
      messageId: 'm-1',
      callIdStack: ['a.b.1', 'c.d.2'],
      replays: 0,
      redelivered: false,
      contentType: 'application/json',
      body: Buffer.from('{"id":"x"}'),
      payload: { id: 'x' },
    });
  });

  it('failed first when it failed last, if it had not failed before', () => {
    const { firstFailedAt, lastFailedAt } = readDeadLetter(kept(failure, 'full', message({ properties: {} })));
    expect(firstFailedAt).toEqual(lastFailedAt);
  });

  it('fits a frame, whatever the error says', () => {
    const long = 'ü€𝄞'.repeat(10_000);
    const problems = Array.from({ length: 100 }, () => ({ path: long, message: long }));
    const error = { type: long, message: long, code: long, stack: long, problems };
    const { properties } = kept({ ...failure, error });
    expect(encodeProperties(properties).length).toBeLessThan(40_000);
    const read = readDeadLetter(kept({ ...failure, error })).error;
    expect(read.problems).toHaveLength(20);
    expect(read.message).toMatch(/^(ü€𝄞)+[ü€]*…$/u);
    expect(Buffer.byteLength(read.message)).toBeLessThanOrEqual(4096);
  });

  it('is small without the stack and the problems', () => {
    const long = 'x'.repeat(10_000);
    const { properties } = kept({ ...failure, error: { ...failure.error, message: long, stack: long } }, 'small');
    expect(encodeProperties(properties).length).toBeLessThan(1500);
    const { error } = readDeadLetter({ ...message(), properties });
    expect(error).toMatchObject({ type: 'TypeError', code: 'E_THING', stack: undefined, problems: undefined });
  });

  it('has no payload when its body cannot be read', () => {
    const letter = readDeadLetter(kept(failure, 'full', message({ body: Buffer.from('{oops') })));
    expect(letter).toMatchObject({ payload: undefined, body: Buffer.from('{oops') });
  });
});

describe('a message that somebody else put among the dead letters', () => {
  it('can be read, as one of which little is known', () => {
    const headers = { 'x-first-death-queue': 'orders' };
    const properties = { messageId: 'm-9', timestamp: 1_700_000_000, headers };
    expect(readDeadLetter(message({ properties, redelivered: true }))).toMatchObject({
      id: 'm-9',
      reason: 'failed',
      service: '',
      method: '',
      attempts: 0,
      queue: 'orders',
      lastFailedAt: new Date(1_700_000_000_000),
      redelivered: true,
      payload: { id: 'x' },
    });
  });

  it('has a date, whatever its sender took for one', () => {
    const far = 2 ** 50;
    const dates = [
      { timestamp: far },
      { headers: { 'mycel-dead-letter': { lastFailedAt: far * 8 - 1, firstFailedAt: far * 8 - 1 } } },
      { headers: { 'mycel-dead-letter': {}, 'mycel-first-failed-at': far * 8 - 1 } },
    ].flatMap((properties) => {
      const { firstFailedAt, lastFailedAt } = readDeadLetter(message({ properties }));
      return [firstFailedAt.toISOString(), lastFailedAt.toISOString()];
    });
    expect(new Set(dates)).toEqual(new Set([new Date(0).toISOString()]));
  });

  it('has the same id each time it is read', () => {
    const bare = message({ properties: {} });
    expect(readDeadLetter(bare).id).toBe(readDeadLetter(bare).id);
    expect(readDeadLetter(bare).id).not.toBe(readDeadLetter({ ...bare, body: Buffer.from('1') }).id);
  });

  it('can be read though its record makes no sense', () => {
    const headers = { 'mycel-dead-letter': { reason: 'mood', error: 'bad', pid: 'x', attempts: -1 } };
    expect(readDeadLetter(message({ properties: { headers, messageId: '' } }))).toMatchObject({
      id: expect.stringMatching(/^[\da-f]{32}$/), // else no command could name it
      reason: 'failed',
      error: { type: 'Error', message: '' },
      pid: undefined,
      attempts: 0,
    });
  });
});
