/** A kind of value that must arrive as it was sent. */
export interface PayloadValue {
  /** As in `carries {what}`. */
  readonly what: string;
  readonly make: () => unknown;
}

/** What travels, of every kind and at its edges. */
export const payloadValues: readonly PayloadValue[] = [
  { what: 'null', make: () => null },
  { what: 'undefined', make: () => undefined },
  { what: 'booleans', make: () => [true, false] },
  { what: 'integers up to the safe ones', make: () => [0, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER] },
  { what: 'fractions and very large and small numbers', make: () => [0.1, -1.5, Number.MAX_VALUE, Number.MIN_VALUE] },
  { what: 'an empty string', make: () => '' },
  { what: 'text of many scripts', make: () => 'naïve Ω 漢字 עברית 👩‍👩‍👧 e\u0301' },
  { what: 'control characters and line separators', make: () => 'a\u0000b\u001F\u007F\u2028\u2029\r\n\t"\\' },
  { what: 'half of a surrogate pair', make: () => 'x\uD83Dy' },
  {
    what: 'text that looks like other things',
    make: () => ['null', '{"a":1}', '!!python/none', '1970-01-01T00:00:00Z'],
  },
  { what: 'an empty list and an empty object', make: () => [[], {}] },
  { what: 'a list with undefined among its elements', make: () => [1, undefined, 3, undefined] },
  {
    what: 'an object whose keys are odd',
    make: () => ({ '': 1, 'a.b': 2, 'a b': 3, length: 4, constructor: 5, ключ: 6 }),
  },
  { what: 'an object with numbers for keys', make: () => ({ 10: 'ten', 2: 'two' }) },
  { what: 'what lies deep', make: () => nested(40) },
  { what: 'dates', make: () => [new Date(0), new Date('2026-02-28T23:59:59.999Z'), new Date(-1)] },
  { what: 'integers beyond the safe ones', make: () => [2n ** 53n, -(2n ** 64n), 10n ** 60n, 0n] },
  { what: 'bytes', make: () => Uint8Array.from({ length: 256 }, (_, byte) => byte) },
  { what: 'no bytes', make: () => new Uint8Array() },
  {
    what: 'maps with keys of any kind',
    make: () =>
      new Map<unknown, unknown>([
        [1, 'one'],
        ['1', new Date(1)],
        [null, new Map()],
      ]),
  },
  { what: 'sets', make: () => new Set<unknown>(['a', 1, 2n, new Set([3])]) },
  { what: 'rich values in rows that are alike', make: () => rows(200) },
  { what: 'rich values under odd keys', make: () => ({ 'a.b': new Date(2), '': { '*': 5n }, '0': [new Set(['x'])] }) },
  { what: 'a megabyte of text', make: () => 'räksmörgås '.repeat(90_000) },
  { what: 'a megabyte of bytes', make: () => new Uint8Array(2 ** 20).fill(0xce) },
  {
    what: 'a list of a hundred thousand numbers',
    make: () => Array.from({ length: 100_000 }, (_, index) => index / 7),
  },
];

/** What does not travel, at `.deep[1]` of the value. */
export const unsendableValues: readonly PayloadValue[] = [
  { what: 'a function', make: () => ({ deep: [1, () => 2] }) },
  { what: 'a symbol', make: () => ({ deep: [1, Symbol('mark')] }) },
  { what: 'NaN', make: () => ({ deep: [1, Number.NaN] }) },
  { what: 'infinity', make: () => ({ deep: [1, Number.NEGATIVE_INFINITY] }) },
  { what: 'a cycle', make: () => cycle() },
];

function nested(depth: number): unknown {
  return depth === 0 ? { bottom: new Date(3) } : { list: [nested(depth - 1)] };
}

function rows(count: number): unknown {
  return Array.from({ length: count }, (_, id) => ({ id: BigInt(id), at: new Date(id), tags: new Set([`t${id}`]) }));
}

function cycle(): unknown {
  const value = { deep: [1, {}] };
  value.deep[1] = value;
  return value;
}
