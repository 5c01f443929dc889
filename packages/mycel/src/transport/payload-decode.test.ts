import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodePayload, type PayloadSource } from './payload.ts';
import { UndecodableError } from './transport-errors.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const decodeText = (text: string, source: Partial<PayloadSource> = {}) =>
  decodePayload({ body: utf8(text), ...source });

interface Capture {
  readonly capture: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly compression?: string;
  readonly text?: string;
  readonly base64?: string;
}

// Recorded from Nameko 2.14.1 and 3.0rc by RabbitMQ's tracer.
const captures = JSON.parse(readFileSync(new URL('fixtures/nameko-bodies.json', import.meta.url), 'utf8')) as Capture[];

function decodeCapture(name: string): unknown {
  const found = captures.find(({ capture }) => capture === name);
  if (found === undefined) throw new Error(`no capture ${name}`);
  const body = found.base64 === undefined ? utf8(found.text ?? '') : Buffer.from(found.base64, 'base64');
  return decodePayload({ ...found, body });
}

describe("Nameko's own messages", () => {
  const call = { args: [1, 2], kwargs: {} };
  test.each([
    ['v2/rpc_unicode', { args: [{ kéy: ['中', null, true, 1.5, 1, 'xxx'] }], kwargs: {} }],
    ['v2/event_standalone_gzip', { x: 'y'.repeat(100) }],
    ['v3/rpc_gzip', { args: ['x'.repeat(200)], kwargs: {} }],
    ['v2/raw_charset', call],
    ['v2/raw_no_content_type', call],
    ['v2/raw_no_encoding', call],
  ])('are read: %s', (name, value) => {
    expect(decodeCapture(name)).toEqual(value);
  });

  test('are read with NaN, Infinity and integers beyond number', () => {
    expect(decodeCapture('v2/rpc_rich_types')).toMatchObject({
      result: { big: 9_223_372_036_854_775_808n, nan: Number.NaN, inf: Infinity, unicode: 'é中😀', float: 1 },
      error: null,
    });
  });

  test.each([
    ['v2/raw_bad_json', /the body is not JSON: a property name in double quotes is missing \(at character 1\)/],
    ['v2/rpc_pickle', /content type "application\/x-python-serialize".*accepted are application\/json/],
    ['v2/rpc_yaml', /content type "application\/x-yaml".*is the sender's serializer json\?/],
    ['v2/publish_raw_options', /compressed as "application\/x-bz2" cannot be read; accepted are gzip, zlib, brotli/],
  ])('are refused with words: %s', (name, message) => {
    expect(() => decodeCapture(name)).toThrow(message);
    expect(() => decodeCapture(name)).toThrow(UndecodableError);
  });
});

describe('integers', () => {
  test('stay numbers when number holds them, and become bigint when it would round them', () => {
    expect(decodeText('[9007199254740991, 9007199254740993, -9007199254740993,1234567890123456]')).toEqual([
      9_007_199_254_740_991,
      9_007_199_254_740_993n,
      -9_007_199_254_740_993n,
      1_234_567_890_123_456,
    ]);
    expect(decodeText('18446744073709551616')).toBe(18_446_744_073_709_551_616n);
  });

  test('inside strings and floats of many digits are not taken for integers', () => {
    const text = '{"card":"x 4111111111111111111 ","sum":0.30000000000000004,"big":1e+22,"f":12345678901234567.0}';
    expect(decodeText(text)).toEqual(JSON.parse(text));
  });

  test('of a sender of ours stay numbers, as it had them', () => {
    expect(decodeText('[1152921504606847000]', { rich: '[]' })).toEqual([2 ** 60]);
  });
});

describe("kombu's typed values", () => {
  test('of a sender of ours are its own data', () => {
    const text = '{"__type__":"decimal","__value__":"1"}';
    expect(decodeText(text, { rich: '[]' })).toEqual(JSON.parse(text));
    expect(decodeText(text)).toBe('1');
  });
});

describe('a header that is no list of marks', () => {
  test.each([[7], [{}], ['nope'], ['{"a":1}'], [`[${' '.repeat(40_000)}]`], [null]])('is ignored: %#', (rich) => {
    expect(decodeText('[9007199254740993]', { rich })).toEqual([9_007_199_254_740_993n]);
  });
});
