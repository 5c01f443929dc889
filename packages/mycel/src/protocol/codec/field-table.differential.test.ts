import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amqplibTables } from '../../../../../tests/support/arbitrary-shared-tables.ts';
import { decodedForm } from '../../../../../tests/support/decoded-form.ts';
import { amqplib, rabbitmqClient } from '../../../../../tests/support/foreign-codecs.ts';
import { amqplibTable } from '../../../../../tests/support/foreign-fields.ts';
import { UnencodableError } from './amqp-error.ts';
import { decodeTable, encodeTable } from './field-table.ts';
import { Decimal, type FieldTable, type FieldValue, typed } from './field-value.ts';
import { encodeMethod } from './frame-encoder.ts';
import { WireWriter } from './wire-writer.ts';

/** The method with nothing but a table behind its names, for a client that shows its table codec nowhere else. */
function bindFrame(table: FieldTable): Buffer {
  const writer = new WireWriter();
  const names = { queue: '', exchange: '', routingKey: '' };
  encodeMethod(writer, 1, 100_000, { name: 'queue.unbind', ...names, arguments: table });
  return writer.take();
}

async function readByRabbitmqClient(table: FieldTable): Promise<unknown> {
  const [frame] = await rabbitmqClient.decodeFrames(bindFrame(table));
  return frame?.params?.['arguments'];
}

function writtenByRabbitmqClient(table: Record<string, unknown>): Buffer {
  const params = { arguments: table };
  const frame = rabbitmqClient.encodeFrame({ type: 1, channelId: 1, methodId: 0x00320032, params });
  return frame.subarray(16, -1);
}

/** The bytes of the one field `v`, from its tag on. */
const fieldOf = (table: Buffer): string => table.subarray(6).toString('latin1');
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

it('any table is read alike by amqplib, and by Mycel when amqplib wrote it', () => {
  const isAlike = fc.property(amqplibTables, (table) => {
    expect(amqplib.decodeTable(encodeTable(table))).toEqual(amqplibTable(decodedForm(table)));
    expect(decodeTable(amqplib.encodeTable(amqplibTable(table)))).toEqual(decodedForm(table));
  });
  fc.assert(isAlike, { numRuns: 200 });
});

describe('numbers differ from amqplib and rabbitmq-client by design:', () => {
  it.each([
    [1, 'b\x01'],
    [-7, 'b\xf9'],
    [300, 's\x01\x2c'],
    [-300, 's\xfe\xd4'],
  ])('%i goes as I, not as b or s, which py-amqp reads as unsigned and as text', (value, there) => {
    expect(fieldOf(encodeTable({ v: value }))[0]).toBe('I');
    for (const table of [amqplib.encodeTable({ v: value }), writtenByRabbitmqClient({ v: value })]) {
      expect(fieldOf(table)).toBe(there);
      expect(decodeTable(table)).toEqual({ v: value });
    }
  });

  it('a large negative integer goes as L, though they cannot read it: py-amqp reads their l as unsigned', async () => {
    const value = -(2 ** 40);
    expect(fieldOf(encodeTable({ v: value }))[0]).toBe('L');
    expect(() => amqplib.decodeTable(encodeTable({ v: value }))).toThrow(/"L"/);
    await expect(readByRabbitmqClient({ v: value })).rejects.toThrow(/type code: 76/);
    for (const table of [amqplib.encodeTable({ v: value }), writtenByRabbitmqClient({ v: value })]) {
      expect(fieldOf(table)[0]).toBe('l');
      expect(decodeTable(table)).toEqual({ v: value });
    }
  });

  it('L is read at all, as every integer above 32 bits comes from Python under it', async () => {
    const table = { v: typed('L', 2 ** 40) };
    expect(decodeTable(encodeTable(table))).toEqual({ v: 2 ** 40 });
    expect(() => amqplib.decodeTable(encodeTable(table))).toThrow(/"L"/);
    await expect(readByRabbitmqClient(table)).rejects.toThrow(/type code: 76/);
  });

  it('an integer beyond 2^53 keeps its last digits, as a bigint', async () => {
    const value = 2n ** 60n + 1n;
    expect(decodeTable(encodeTable({ v: value }))).toEqual({ v: value });
    expect(amqplib.decodeTable(encodeTable({ v: value }))).toEqual({ v: 2 ** 60 });
    expect(await readByRabbitmqClient({ v: value })).toEqual({ v: 2 ** 60 });
  });

  it('a number beyond 2^53 goes as the double it is, and minus zero keeps its sign', () => {
    expect(fieldOf(encodeTable({ v: 2 ** 60 }))[0]).toBe('d');
    expect(fieldOf(amqplib.encodeTable({ v: 2 ** 60 }))[0]).toBe('l');
    expect(decodeTable(encodeTable({ v: -0 }))).toEqual({ v: -0 });
    expect(decodeTable(amqplib.encodeTable({ v: -0 }))).toEqual({ v: 0 });
  });

  it('infinities and NaN are doubles, which amqplib fails to write', () => {
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(amqplib.decodeTable(encodeTable({ v: value }))).toEqual({ v: value });
      expect(() => amqplib.encodeTable({ v: value })).toThrow(RangeError);
    }
  });

  it('a decimal is signed, as Python and Java have it; amqplib reads it as unsigned', async () => {
    const table = { v: new Decimal(2, -314) };
    expect(decodeTable(encodeTable(table))).toEqual(table);
    expect(amqplib.decodeTable(encodeTable(table))).toEqual({
      v: { '!': 'decimal', value: { places: 2, digits: 2 ** 32 - 314 } },
    });
    expect(await readByRabbitmqClient(table)).toEqual({ v: { scale: 2, value: -314 } });
  });
});

describe('other values differ by design:', () => {
  it('a timestamp is a Date', async () => {
    const table = { v: new Date(1_700_000_000_000) };
    expect(decodeTable(encodeTable(table))).toEqual(table);
    expect(amqplib.decodeTable(encodeTable(table))).toEqual({ v: { '!': 'timestamp', value: 1_700_000_000 } });
    expect(await readByRabbitmqClient(table)).toEqual({ v: 1_700_000_000 });
  });

  it('a timestamp before 1970 is read as signed, as Java sends it; others read it as unsigned', async () => {
    const table = { v: new Date(-1000) };
    expect(decodeTable(encodeTable(table))).toEqual(table);
    expect(amqplib.decodeTable(encodeTable(table))).toEqual({ v: { '!': 'timestamp', value: 2 ** 64 } });
    expect(await readByRabbitmqClient(table)).toEqual({ v: 2 ** 64 });
  });

  it('bytes can be sent, which rabbitmq-client takes for a table of numbers', async () => {
    const table = { v: Buffer.of(1, 2) };
    expect(await readByRabbitmqClient(table)).toEqual(table);
    expect(decodeTable(writtenByRabbitmqClient(table))).toEqual({ v: { 0: 1, 1: 2 } });
  });

  it('text that is no UTF-8 keeps its bytes', async () => {
    const table = { v: typed('S', Buffer.of(0x61, 0xff)) };
    expect(decodeTable(encodeTable(table))).toEqual({ v: Buffer.of(0x61, 0xff) });
    expect(amqplib.decodeTable(encodeTable(table))).toEqual({ v: 'a\uFFFD' });
    expect(await readByRabbitmqClient(table)).toEqual({ v: 'a\uFFFD' });
  });

  it('every boolean that is not 0 is true, as in the specification', async () => {
    const table = bytes('00000004 0176 7402');
    expect([decodeTable(table), amqplib.decodeTable(table)]).toEqual([{ v: true }, { v: true }]);
    const frame = Buffer.concat([bindFrame({}).subarray(0, -5), table, Buffer.of(0xce)]);
    frame.writeUInt32BE(frame.length - 8, 3);
    const [read] = await rabbitmqClient.decodeFrames(frame);
    expect(read?.params?.['arguments']).toEqual({ v: false });
  });

  it('undefined is sent as void; the others leave the field out', () => {
    expect(decodeTable(encodeTable({ v: undefined }))).toEqual({ v: null });
    expect(decodeTable(amqplib.encodeTable({ v: undefined }))).toEqual({});
    expect(decodeTable(writtenByRabbitmqClient({ v: undefined }))).toEqual({});
  });

  it('what cannot be sent is refused; rabbitmq-client leaves it out', () => {
    // The type forbids it; programs in JavaScript do it all the same.
    const table = { v: (() => 1) as unknown as FieldValue };
    expect(() => encodeTable(table)).toThrow(UnencodableError);
    expect(decodeTable(writtenByRabbitmqClient(table))).toEqual({});
  });

  it('a name that is too long is refused; rabbitmq-client cuts it', () => {
    const table = { ['x'.repeat(300)]: 1 };
    expect(() => encodeTable(table)).toThrow(UnencodableError);
    expect(decodeTable(writtenByRabbitmqClient(table))).toEqual({ ['x'.repeat(255)]: 1 });
  });

  it('a field called __proto__ is a field; in amqplib it becomes what the table inherits from', () => {
    const table = { ['__proto__']: { isAdmin: true } };
    expect(decodeTable(encodeTable(table))['isAdmin']).toBeUndefined();
    expect(amqplib.decodeTable(encodeTable(table))['isAdmin']).toBe(true);
  });

  it('a table cut short is refused; amqplib makes a shorter value of it', () => {
    const table = bytes('0000000b 0176 53 00000009 61626364');
    expect(() => decodeTable(table)).toThrow(/9 bytes where the frame has 4 left/);
    expect(amqplib.decodeTable(table)).toEqual({ v: 'abcd' });
  });
});
