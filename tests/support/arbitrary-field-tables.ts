import fc from 'fast-check';
import { Decimal, type FieldTable, type FieldValue } from '../../packages/mycel/src/protocol/codec/index.ts';
import { byteStrings, longTexts, shortTexts } from './arbitrary-text.ts';

/** Tables that nest the given values in tables and arrays, some levels deep. */
export function fieldTablesOf(
  leaves: fc.Arbitrary<FieldValue>,
  names: fc.Arbitrary<string> = shortTexts,
): fc.Arbitrary<FieldTable> {
  const { table } = fc.letrec<{ value: FieldValue; table: FieldTable }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 8, arbitrary: leaves },
      { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
      { weight: 1, arbitrary: tie('table') },
    ),
    table: fc.dictionary(names, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  }));
  return table;
}

/** Whole numbers, most of them around the places where the type tag changes. */
export const wholeNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc
    .tuple(fc.constantFrom(0, 7, 8, 15, 16, 31, 32, 52), fc.constantFrom(-1, 1), fc.integer({ min: -2, max: 2 }))
    .map(([bits, sign, offset]) => sign * 2 ** bits + offset),
);

/** Every bigint of 64 bits, signed. */
export const bigints: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 31n, 0n),
);

/** Every valid date, milliseconds included. */
export const dates: fc.Arbitrary<Date> = fc.date({ noInvalidDate: true });

export const decimals: fc.Arbitrary<Decimal> = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer())
  .map(([scale, unscaled]) => new Decimal(scale, unscaled));

/** Every value of a table but tables, arrays and forced tags. */
export const fieldLeaves: fc.Arbitrary<FieldValue> = fc.oneof(
  longTexts,
  wholeNumbers,
  fc.double(),
  bigints,
  fc.boolean(),
  fc.constantFrom<FieldValue>(null, undefined),
  dates,
  byteStrings,
  decimals,
);

/** Any table. */
export const fieldTables: fc.Arbitrary<FieldTable> = fieldTablesOf(fieldLeaves);
