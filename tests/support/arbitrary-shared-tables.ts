import fc from 'fast-check';
import { Decimal, type FieldTable, type FieldValue } from '../../packages/mycel/src/protocol/codec/index.ts';
import { fieldTablesOf, wholeNumbers } from './arbitrary-field-tables.ts';
import { byteStrings, longTexts, shortTexts } from './arbitrary-text.ts';

/**
 * Whole numbers that every codec both writes and reads: the others throw on the tag `L` that more negative ones get from
 * Mycel.
 */
const sharedIntegers = wholeNumbers.filter((value) => value > -(2 ** 31));
/** Fractions; amqplib writes any other number as an integer, or fails on it. */
const fractions = fc.double({ noNaN: true, min: -(2 ** 49), max: 2 ** 49 }).filter((value) => !Number.isInteger(value));
const common: readonly fc.Arbitrary<FieldValue>[] = [
  longTexts,
  sharedIntegers,
  fractions,
  fc.boolean(),
  fc.constant<FieldValue>(null),
];
const dates = fc.date({ noInvalidDate: true, min: new Date(0) });
const decimals = fc.tuple(fc.nat(255), fc.nat()).map(([scale, unscaled]) => new Decimal(scale, unscaled));
/** amqplib takes a table with `!` in it for a value with its type, and `__proto__` for what it is in JavaScript. */
const names = shortTexts.filter((name) => name !== '!' && name !== '__proto__');

/** Tables that amqplib and Mycel both write and read. */
export const amqplibTables: fc.Arbitrary<FieldTable> = fieldTablesOf(
  fc.oneof(...common, byteStrings, dates, decimals),
  names,
);

/** Tables that rabbitmq-client and Mycel both write and read: it has no way to send bytes, dates and decimals. */
export const rabbitmqClientTables: fc.Arbitrary<FieldTable> = fieldTablesOf(fc.oneof(...common), names);
