import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bigints,
  dates,
  decimals,
  fieldTables,
  fieldTablesOf,
  wholeNumbers,
} from '../../../../../tests/support/arbitrary-field-tables.ts';
import { byteStrings, longTexts } from '../../../../../tests/support/arbitrary-text.ts';
import { decodedForm } from '../../../../../tests/support/decoded-form.ts';
import { UnencodableError } from './amqp-error.ts';
import { decodeTable, encodeTable } from './field-table.ts';
import { FIELD_MAX_DEPTH, type FieldTable, type FieldTag, type FieldValue, typed } from './field-value.ts';

/** The integer tags, with the lowest and the highest number each holds. */
const INTEGER_TAGS: readonly [FieldTag, type: string, min: bigint, max: bigint][] = [
  ['b', 'int8', -(2n ** 7n), 2n ** 7n - 1n],
  ['B', 'uint8', 0n, 2n ** 8n - 1n],
  ['s', 'int16', -(2n ** 15n), 2n ** 15n - 1n],
  ['u', 'uint16', 0n, 2n ** 16n - 1n],
  ['I', 'int32', -(2n ** 31n), 2n ** 31n - 1n],
  ['i', 'uint32', 0n, 2n ** 32n - 1n],
  ['l', 'int64', -(2n ** 63n), 2n ** 63n - 1n],
  ['L', 'int64', -(2n ** 63n), 2n ** 63n - 1n],
];

describe('any field table', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fieldTables, (table) => {
        expect(decodeTable(encodeTable(table))).toEqual(decodedForm(table));
      }),
      { numRuns: 250 },
    );
  });

  it('has one form on the wire, whether it was encoded or decoded before', () => {
    fc.assert(
      fc.property(fieldTables, (table) => {
        const bytes = encodeTable(table);
        expect(encodeTable(decodeTable(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each<[string, fc.Arbitrary<FieldValue>]>([
    ['whole numbers', wholeNumbers],
    ['fractions, infinities and NaN', fc.double()],
    ['bigints', bigints],
    ['dates, to the second', dates],
    ['decimals', decimals],
    ['bytes', byteStrings],
    ['text', longTexts],
  ])('carries any %s, also in arrays and tables', (_, values) => {
    fc.assert(
      fc.property(fieldTablesOf(values), (table) => {
        expect(decodeTable(encodeTable(table))).toEqual(decodedForm(table));
      }),
    );
  });

  it('keeps names apart from the properties that every object has', () => {
    const names = fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '');
    fc.assert(
      fc.property(fieldTablesOf(fc.integer(), names), (table) => {
        const decoded = decodeTable(encodeTable(table));
        expect(Object.entries(decoded)).toEqual(Object.entries(decodedForm(table)));
        expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
      }),
    );
  });

  it('is encoded at any depth up to the limit, and refused beyond it', () => {
    const nestings = fc.array(fc.boolean(), { minLength: 1, maxLength: FIELD_MAX_DEPTH + 8 });
    fc.assert(
      fc.property(nestings, (nesting) => {
        const value = nesting.reduce<FieldValue>((inner, isArray) => (isArray ? [inner] : { inner }), 1);
        const table: FieldTable = { value };
        if (nesting.length <= FIELD_MAX_DEPTH) expect(decodeTable(encodeTable(table))).toEqual(table);
        else expect(() => encodeTable(table)).toThrow(UnencodableError);
      }),
    );
  });
});

describe('a forced tag', () => {
  it.each(INTEGER_TAGS)('%s holds every %s', (tag, _, min, max) => {
    fc.assert(
      fc.property(fc.bigInt({ min, max }), (value) => {
        const bytes = encodeTable({ v: typed(tag, value) });
        expect(String.fromCharCode(bytes[6] ?? 0)).toBe(tag);
        expect(decodeTable(bytes)).toEqual(decodedForm({ v: value }));
      }),
    );
  });

  it.each(INTEGER_TAGS)('%s refuses every integer that is no %s', (tag, _, min, max) => {
    const above = fc.bigInt({ min: max + 1n, max: max * 4n });
    const below = fc.bigInt({ min: min - 2n ** 64n, max: min - 1n });
    fc.assert(
      fc.property(fc.oneof(above, below), (value) => {
        expect(() => encodeTable({ v: typed(tag, value) })).toThrow(UnencodableError);
      }),
    );
  });
});
