import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readKombuValues } from './kombu-values.ts';
import { decodePayload } from './payload.ts';

// Written by kombu 5.6.2.
const body = readFileSync(new URL('fixtures/kombu-5.6-typed-values.txt', import.meta.url));
const { result } = decodePayload({ body, contentType: 'application/json' }) as { result: Record<string, unknown> };

const typed = (type: unknown, value: unknown) => ({ __type__: type, __value__: value });

describe("kombu's typed values", () => {
  test.each([
    ['naive', new Date('2020-01-02T03:04:05.000Z')],
    ['utc', new Date('2020-01-02T03:04:05.678Z')],
    ['offset', new Date('2020-01-02T01:04:05.000Z')],
    ['offsec', new Date('1900-01-02T01:03:35.000Z')],
    ['date', new Date('2020-01-02T00:00:00.000Z')],
    ['old', new Date('0001-01-01T00:00:00.000Z')],
    ['time', '01:02:03.000004'],
    ['timetz', '01:02:03+00:00'],
    ['decimal', '1.10'],
    ['uuid', '00000000-0000-0000-0000-000000000005'],
    ['bytes', new TextEncoder().encode('café')],
    ['base64', Uint8Array.of(0xff, 0)],
    ['big', 2n ** 63n],
    ['neg', -(2n ** 70n)],
    ['nan', Number.NaN],
    ['ninf', -Infinity],
    ['f', 1e22],
    ['lone', '\uD800'],
  ])('are read: %s', (name, value) => {
    expect(result[name]).toEqual(value);
  });

  test('inside each other are read from the inside', () => {
    expect(readKombuValues([{ a: [typed('uuid', { hex: typed('decimal', 'F'.repeat(32)), version: 4 })] }])).toEqual([
      { a: ['ffffffff-ffff-ffff-ffff-ffffffffffff'] },
    ]);
  });

  test.each([
    ['of an unknown type', typed('money', '1')],
    ['of no type', typed(7, '1')],
    ["of a name that only objects' prototypes know", typed('constructor', '1')],
    ['with a third key', { ...typed('decimal', '1'), more: 1 }],
    ['with one key', { __type__: 'decimal' }],
    ['with a date that is none', typed('datetime', '2020-13-45T00:00:00')],
    ['with text for a date', typed('date', 'tomorrow')],
    ['with a number for bytes', typed('bytes', 1)],
    ['with null for a uuid', typed('uuid', null)],
    ['with a short uuid', typed('uuid', { hex: 'ff' })],
  ])('are left as they are: %s', (_, value) => {
    expect(readKombuValues(structuredClone([value]))).toEqual([value]);
  });

  test('nested deeper than is looked do not overflow the stack', () => {
    const text = `${'['.repeat(50_000)}{"__type__":"decimal","__value__":"1"}${']'.repeat(50_000)}`;
    expect(() => decodePayload({ body: Buffer.from(text) })).not.toThrow();
  });

  test('under a property __proto__ stay own properties', () => {
    const read = readKombuValues(JSON.parse('{"__proto__": {"__type__": "decimal", "__value__": "1"}}')) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(read, '__proto__')?.value).toBe('1');
  });
});
