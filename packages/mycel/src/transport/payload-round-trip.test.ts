import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePayload, encodePayload, type EncodedPayload } from './payload.ts';
import { UndecodableError } from './transport-errors.ts';

function decode({ body, rich }: EncodedPayload): unknown {
  return decodePayload({ body: new TextEncoder().encode(body), contentType: 'application/json', rich });
}

const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 4 });
const key = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', '__type__', '__value__', '0', ''),
  fc.string({ unit: 'binary' }),
);
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('1970-01-01T00:00:00.000Z', '123', 'AAAA', '\uD800', null, true, undefined, 2 ** 60, 1e300, -1e21),
  // -0 is 0 in JSON.
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.integer(),
  fc.date({ noInvalidDate: true }),
  fc.bigInt(),
  fc.uint8Array(),
);

const { rich } = fc.letrec((tie) => ({
  rich: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    few(tie('rich')),
    few(tie('row')),
    tie('row'),
    few(tie('rich')).map((items) => new Set(items)),
    few(fc.tuple(tie('rich'), tie('rich'))).map((pairs) => new Map(pairs)),
  ),
  // Few names, so that rows are alike and share marks.
  row: few(fc.tuple(key, tie('rich'))).map((entries) =>
    Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
  ),
}));

describe('a value of any shape', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(rich, (value) => {
        expect(decode(encodePayload([value], 'value'))).toStrictEqual([value]);
      }),
      { numRuns: 500 },
    );
  });

  test('comes back as it was from rows of the same few columns', () => {
    const cell = fc.oneof(leaf, fc.array(leaf, { maxLength: 2 }), fc.constant(null));
    const rows = fc.array(
      fc.record({ a: cell, b: cell, c: fc.date({ noInvalidDate: true }) }, { requiredKeys: ['c'] }),
    );
    const clean = rows.map((list) => withoutUndefined(list));
    fc.assert(
      fc.property(clean, (value) => {
        expect(decode(encodePayload(value, 'rows'))).toStrictEqual(value);
      }),
      { numRuns: 200 },
    );
  });

  test('comes back as it was from a large dictionary', () => {
    const entry = fc.oneof(fc.date({ noInvalidDate: true }), leaf, fc.tuple(leaf, leaf));
    const dictionary = fc.dictionary(key, entry, { minKeys: 17, maxKeys: 40 }).map((it) => withoutUndefined([it]));
    fc.assert(
      fc.property(dictionary, (value) => {
        expect(decode(encodePayload(value, 'dictionary'))).toStrictEqual(value);
      }),
      { numRuns: 200 },
    );
  });

  test('without rich values is written as JSON.stringify writes it, without a header', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const encoded = encodePayload(value, 'value');
        expect(encoded.body).toBe(JSON.stringify(value));
        if (!/\d{16}|__type__/.test(encoded.body)) expect(encoded.rich).toBeUndefined();
      }),
    );
  });

  test('is JSON that any reader can read', () => {
    fc.assert(
      fc.property(rich, (value) => {
        JSON.parse(encodePayload(value, 'value').body);
      }),
    );
  });
});

/** Leaves out undefined properties, which JSON does not keep. */
function withoutUndefined(rows: readonly object[]): object[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)));
}

describe('marks of someone who means harm', () => {
  const segment = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      0,
      1,
      -1,
      0.5,
      1e9,
      '',
      'a',
      '__proto__',
      'constructor',
      'prototype',
      'length',
      true,
      {},
    ),
    fc.string(),
  );
  const mark = fc.oneof(
    fc
      .tuple(
        fc.constantFrom<unknown>(
          'date',
          'bigint',
          'bytes',
          'map',
          'set',
          'undefined',
          'toString',
          '__proto__',
          1,
          null,
        ),
        fc.array(segment),
      )
      .map(([kind, path]) => [kind, ...path]),
    fc.jsonValue(),
  );
  const protoKey = fc.constantFrom('__proto__', 'constructor', 'a', 'b', 'length');
  const body = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('1970-01-01T00:00:00.000Z', '5', 'AAAA', null, 1),
      few(tie('value')),
      few(fc.tuple(protoKey, tie('value'))).map((entries) => Object.fromEntries(entries)),
    ),
  })).value;

  test('change nothing but own values, and throw nothing but UndecodableError', () => {
    const before = Reflect.ownKeys(Object.prototype).length;
    fc.assert(
      fc.property(body, fc.array(mark), (value, marks) => {
        try {
          const decoded = decode({ body: JSON.stringify(value), rich: JSON.stringify(marks) });
          if (Object(decoded) === decoded) expectKnownPrototypes(decoded as object);
        } catch (error) {
          expect(error).toBeInstanceOf(UndecodableError);
        }
        expect(Reflect.ownKeys(Object.prototype)).toHaveLength(before);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['of another type', '{"a":5}', [['date', 'a']]],
    ['of no date', '{"a":"2020-99-99T00:00:00.000Z"}', [['date', 'a']]],
    ['of no integer', '{"a":"0x10"}', [['bigint', 'a']]],
    ['of too many digits', `{"a":"${'9'.repeat(5000)}"}`, [['bigint', 'a']]],
    ['of no base64', '{"a":"not base64!"}', [['bytes', 'a']]],
    ['of no pairs', '{"a":[[1,2],[3]]}', [['map', 'a']]],
    [
      'that lead nowhere',
      '{"a":{}}',
      [
        ['date', 'a', 'b', 'c'],
        ['date', 0],
        ['date', 'a', null, null],
      ],
    ],
    [
      'that lead through a prototype',
      '{}',
      [
        ['undefined', '__proto__', 'toString'],
        ['date', '__proto__'],
      ],
    ],
    [
      'that lead outside an array',
      '[null]',
      [
        ['undefined', 4_294_967_294],
        ['undefined', '0'],
        ['undefined', 'length'],
      ],
    ],
  ])('%s are ignored', (_, text, marks) => {
    expect(decode({ body: text, rich: JSON.stringify(marks) })).toStrictEqual(JSON.parse(text));
  });

  test('on a property __proto__ of its own revive it as such', () => {
    const value = JSON.parse('{"__proto__":"1970-01-01T00:00:00.000Z"}') as object;
    const decoded = decode({ body: JSON.stringify(value), rich: '[["date","__proto__"]]' }) as object;
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(decoded, '__proto__')?.value).toEqual(new Date(0));
  });

  test('that ask for more work than the body can need are refused', () => {
    const marks = Array.from({ length: 1500 }, (_, index) => ['date', null, `a${index}`]);
    const text = JSON.stringify(Array.from({ length: 20_000 }, () => ({})));
    expect(() => decode({ body: text, rich: JSON.stringify(marks) })).toThrow(/mycel-rich asks for more work/);
  });

  test('of many levels do not overflow the stack', () => {
    const marks = [
      ['date', ...Array.from({ length: 5000 }, () => 0)],
      ['date', ...Array.from({ length: 2000 }, () => null)],
    ];
    const text = '['.repeat(5000) + ']'.repeat(5000);
    expect(() => decode({ body: text, rich: JSON.stringify(marks) })).not.toThrow();
  });
});

/** Walks own values only, as deep as the generated bodies go. */
function expectKnownPrototypes(value: object): void {
  const known: unknown[] = [Object, Array, Date, Uint8Array, Map, Set].map((it) => it.prototype);
  expect(known.includes(Object.getPrototypeOf(value))).toBe(true);
  for (const member of Object.values(value))
    if (typeof member === 'object' && member !== null) expectKnownPrototypes(member);
}
