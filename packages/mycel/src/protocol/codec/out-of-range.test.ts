import { describe, expect, it } from 'vitest';
import { UnencodableError } from './amqp-error.ts';
import { encodeTable } from './field-table.ts';
import { Decimal, type FieldValue, typed } from './field-value.ts';
import { encodeMethod } from './frame-encoder.ts';
import type { Method } from './methods/method.ts';
import { WireWriter } from './wire-writer.ts';

const qos = { name: 'basic.qos', prefetchSize: 0, prefetchCount: 0, global: false } as const;
const start = {
  name: 'connection.start',
  versionMajor: 0,
  versionMinor: 9,
  serverProperties: {},
  mechanisms: Buffer.from('PLAIN'),
  locales: Buffer.from('en_US'),
} as const;

describe('a number that its place on the wire cannot hold is refused, not cut down to another:', () => {
  it.each<[string, Method]>([
    ['prefetchCount', { ...qos, prefetchCount: 65_536 }],
    ['prefetchCount', { ...qos, prefetchCount: -1 }],
    ['prefetchCount', { ...qos, prefetchCount: 1.5 }],
    ['prefetchCount', { ...qos, prefetchCount: Number.NaN }],
    ['prefetchSize', { ...qos, prefetchSize: 2 ** 32 }],
    ['deliveryTag', { name: 'basic.ack', deliveryTag: 2 ** 64, multiple: false }],
    ['deliveryTag', { name: 'basic.ack', deliveryTag: -1, multiple: false }],
    ['deliveryTag', { name: 'basic.ack', deliveryTag: 0.5, multiple: false }],
    // The type forbids it; programs in JavaScript do it all the same.
    ['deliveryTag', { name: 'basic.ack', deliveryTag: undefined as unknown as number, multiple: false }],
    ['versionMajor', { ...start, versionMajor: 256 }],
  ])('%s in a method (case %#)', (path, method) => {
    const writer = new WireWriter();
    const encode = () => encodeMethod(writer, 1, 4096, method);
    expect(encode).toThrow(UnencodableError);
    expect(encode).toThrow(expect.objectContaining({ path }));
    expect(writer.length).toBe(0);
  });

  it.each<[string, FieldValue]>([
    ['a decimal with a scale of more than 255', new Decimal(256, 1)],
    ['a decimal with a negative scale', new Decimal(-1, 1)],
    ['a decimal with too many digits', new Decimal(2, 2 ** 31)],
    ['a decimal with a fraction of a digit', new Decimal(2, 3.14)],
    ['a decimal forced', typed('D', new Decimal(256, 1))],
  ])('%s in a table', (_, value) => {
    expect(() => encodeTable({ price: [value] })).toThrow(UnencodableError);
    expect(() => encodeTable({ price: [value] })).toThrow(/table\.price\[0\].*decimal/);
  });

  it('the largest that fit are sent', () => {
    const writer = new WireWriter();
    encodeMethod(writer, 1, 4096, { ...qos, prefetchCount: 65_535, prefetchSize: 2 ** 32 - 1 });
    expect(writer.take().toString('hex', 11, 17)).toBe('ffffffffffff');
    const largest = { v: new Decimal(255, -(2 ** 31)) };
    expect(encodeTable(largest).toString('hex')).toBe('0000000801 76 44 ff 80000000'.replaceAll(' ', ''));
  });
});
