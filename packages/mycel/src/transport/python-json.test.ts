import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePythonJson } from './python-json.ts';
import { UndecodableError } from './transport-errors.ts';

test('any JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), (value, space) => {
      const text = JSON.stringify(value, null, space);
      const read = parsePythonJson(`${space}${text}${space}`);
      // Back through JSON.stringify, for the numbers that JSON.parse rounds.
      const rounded = JSON.stringify(read, (_, it: unknown) => (typeof it === 'bigint' ? Number(it) : it));
      expect(rounded).toEqual(JSON.stringify(value));
    }),
  );
});

test('what JSON.parse refuses is refused, and nothing else', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '1',
    '-',
    '01',
    '.5',
    'e3',
    'null',
    'tru',
    ' ',
    '\\',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 8 }), (tokens) => {
      const text = tokens.join('');
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parsePythonJson(text)).toThrow(UndecodableError);
        return;
      }
      expect(parsePythonJson(text)).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test('integers of any size keep their value', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 100n), max: 2n ** 100n }), (integer) => {
      const read = parsePythonJson(`[${integer}]`) as [number | bigint];
      expect(BigInt(read[0])).toBe(integer);
      expect(typeof read[0]).toBe(Number.isSafeInteger(Number(integer)) ? 'number' : 'bigint');
    }),
  );
});

test("Python's words for what JSON lacks are numbers, but not inside strings", () => {
  expect(parsePythonJson('{"a": NaN, "b": [-Infinity, Infinity], "NaN": "NaN, -Infinity"}')).toEqual({
    a: Number.NaN,
    b: [-Infinity, Infinity],
    NaN: 'NaN, -Infinity',
  });
});

test('a property __proto__ is a property, not a prototype', () => {
  const read = parsePythonJson('{"__proto__": {"polluted": NaN}}') as object;
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(Object.keys(read)).toEqual(['__proto__']);
});

test('many values beside each other are not many levels', () => {
  expect(parsePythonJson(`[${'[],'.repeat(1500)}[]]`)).toHaveLength(1501);
});

test('a byte order mark is skipped', () => {
  expect(parsePythonJson('\uFEFF[1]')).toEqual([1]);
});

test.each([
  ['', 'the text ends where a value should stand (at character 0)'],
  ['[1, nan]', 'no JSON value (at character 4)'],
  ['[1 2]', "',' or ']' is missing (at character 3)"],
  ['{"a" 1}', "':' is missing (at character 5)"],
  ['{"a": 1', "',' or '}' is missing (at character 7)"],
  ['["\\x"]', 'a string has a bad escape or a control character (at character 1)'],
  ['"abc\\"', 'a string does not end (at character 0)'],
  ['1 1', 'text after the end of the value (at character 2)'],
  ['[]'.repeat(1).padStart(1002, '['), 'more than 1000 levels'],
  [`[${'9'.repeat(4301)}]`, 'an integer of more than 4300 digits'],
])('%.12s is refused with where and what', (text, message) => {
  expect(() => parsePythonJson(text)).toThrow(message);
});
