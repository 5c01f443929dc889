import { describe, expect, it } from 'vitest';
import { pyAmqpBytes } from '../../../../../tests/support/py-amqp-bytes.ts';
import { decodeTable, encodeTable } from './field-table.ts';
import { Decimal, type FieldValue, typed } from './field-value.ts';
import { decodeProperties } from './frame-decoder.ts';
import { writeProperties } from './message-properties.ts';
import { WireWriter } from './wire-writer.ts';

/** What Python's values are here, and how Mycel writes them where it does not write the same bytes. */
const WRITTEN: readonly [inPython: string, here: FieldValue, ours?: string][] = [
  ['0', 0],
  ['1', 1],
  ['-1', -1],
  ['300', 300],
  ['-300', -300],
  ['2 ** 31 - 1', 2 ** 31 - 1],
  ['2 ** 31', 2 ** 31, '6c0000000080000000'],
  ['-(2 ** 31) + 1', -(2 ** 31) + 1],
  ['-(2 ** 31)', -(2 ** 31)],
  ['2 ** 32', 2 ** 32, '6c0000000100000000'],
  ['2 ** 53 - 1', 2 ** 53 - 1, '6c001fffffffffffff'],
  ['2 ** 53', 2n ** 53n, '6c0020000000000000'],
  ['-(2 ** 53) - 1', -(2n ** 53n) - 1n],
  ['2 ** 63 - 1', 2n ** 63n - 1n, '6c7fffffffffffffff'],
  ['-(2 ** 63)', -(2n ** 63n)],
  ['1.5', 1.5],
  ['3.0', 3, '4900000003'],
  ['-0.0', -0],
  ['1e300', 1e300],
  ['infinity', Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
  ['True', true],
  ['None', null],
  ['text', 'hé \u{1F344}'],
  ['no text', ''],
  ['bytes that are UTF-8', 'abc'],
  ['bytes that are no UTF-8', Buffer.of(0xff, 0), '7800000002ff00'],
  ['a date', new Date('2020-01-02T03:04:05Z')],
  ['3.14 as a decimal', new Decimal(2, 314)],
  ['-3.14 as a decimal', new Decimal(2, -314)],
  ['a list', [1, 'a', null, [2 ** 40]], '410000001a49000000015300000001615641000000096c0000010000000000'],
  ['a dict', { a: { b: true }, é: 2 ** 31 }, '4600000017016146000000040162740102c3a96c0000000080000000'],
];

/** What py-amqp makes of the values that Mycel writes, in Python's words. */
const SENT: readonly [value: FieldValue, inPython: string][] = [
  [1, '1'],
  [2 ** 31 - 1, '2147483647'],
  [-(2 ** 31) + 1, '-2147483647'],
  [2 ** 31, '2147483648'],
  [-(2 ** 31), '-2147483648'],
  [2n ** 63n - 1n, '9223372036854775807'],
  [-(2n ** 63n), '-9223372036854775808'],
  [1.5, '1.5'],
  [-0, '-0.0'],
  ['hi', "'hi'"],
  [Buffer.of(0xff, 0), "b'\\xff\\x00'"],
  [true, 'True'],
  [null, 'None'],
  [new Date('2020-01-02T03:09:41Z'), 'datetime.datetime(2020, 1, 2, 3, 9, 41)'],
  [new Decimal(2, 314), "Decimal('3.14')"],
  [new Decimal(2, -314), "Decimal('-3.14')"],
  [[1, true], '[1, True]'],
  [{ a: 255 }, "{'a': 255}"],
];

/** What py-amqp reads otherwise than RabbitMQ and Mycel, or not at all: the reason for the tags that are sent. */
const MISREAD: readonly [value: FieldValue, inPython: string][] = [
  [typed('l', -(2 ** 40)), '18446742974197923840'],
  [typed('s', 300), "','"],
  [typed('b', -7), '249'],
  [typed('B', 200), '-56'],
  // Neither has a tag that it would understand.
  [new Date(-1000), 'OverflowError'],
  [new Date(253_402_300_800_000), 'ValueError'],
];

const valueHex = (value: FieldValue): string => encodeTable({ v: value }).subarray(6).toString('hex');

describe('a value from py-amqp', () => {
  it.each(WRITTEN)('%s is understood', (inPython, here) => {
    const bytes = Buffer.from(pyAmqpBytes.written[inPython] ?? '', 'hex');
    expect(decodeTable(bytes)).toEqual({ v: here });
  });

  it.each(WRITTEN)('%s goes back as the bytes expected, mostly the same', (inPython, here, ours) => {
    const theirs = pyAmqpBytes.written[inPython]?.slice(12);
    expect(valueHex(here)).toBe(ours ?? theirs);
    if (ours) expect(ours).not.toBe(theirs);
  });

  it('is tried for every value that was recorded', () => {
    expect(WRITTEN.map(([inPython]) => inPython).toSorted()).toEqual(Object.keys(pyAmqpBytes.written).toSorted());
  });
});

describe('a value for py-amqp', () => {
  it.each(SENT)('%o is read there as %s', (value, inPython) => {
    expect(pyAmqpBytes.read[valueHex(value)]).toBe(inPython);
  });

  it.each(MISREAD)('%o would be read there as %s', (value, inPython) => {
    expect(pyAmqpBytes.read[valueHex(value)]).toBe(inPython);
  });
});

it('the properties of a message from py-amqp are understood, and go back as the same bytes but for 64 bit integers', () => {
  const raw = Buffer.from(pyAmqpBytes.properties, 'hex');
  const properties = decodeProperties(raw);
  expect(properties).toEqual({
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: { 'nameko.call_id_stack': ['a.b.0', 'c.d.1'], user_id: 2 ** 31, n: 7 },
    deliveryMode: 2,
    priority: 0,
    correlationId: 'c',
    replyTo: 'r',
    expiration: '1000',
    messageId: 'm',
    type: 't',
    userId: 'guest',
    appId: 'app',
  });
  const writer = new WireWriter();
  writeProperties(writer, properties);
  expect(writer.take().toString('latin1')).toBe(raw.toString('latin1').replace('user_idL', 'user_idl'));
});
