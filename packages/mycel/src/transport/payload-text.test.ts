import * as zlib from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readJsonText } from './payload-text.ts';
import { UndecodableError } from './transport-errors.ts';

const body = Buffer.from('{"é":1}');

describe('the content type', () => {
  test.each([
    [undefined],
    [''],
    ['application/json'],
    ['Application/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
  ])('may be %s', (contentType) => {
    expect(readJsonText(body, { contentType })).toBe('{"é":1}');
  });

  test.each([['text/plain'], ['application/x-msgpack'], ['application/json; charset=latin-1']])(
    'may not be %s',
    (contentType) => {
      expect(() => readJsonText(body, { contentType })).toThrow(UndecodableError);
      expect(() => readJsonText(body, { contentType })).toThrow(contentType);
    },
  );

  test('is quoted on one line and not at any length', () => {
    expect(() => readJsonText(body, { contentType: `a\n${'b'.repeat(5000)}` })).toThrow(/"a\\nb{98}\.\.\." cannot/);
  });
});

describe('the content encoding', () => {
  test.each([[undefined], [''], ['utf-8'], ['UTF-8'], ['binary'], ['us-ascii']])('may be %s', (contentEncoding) => {
    expect(readJsonText(body, { contentEncoding })).toBe('{"é":1}');
  });

  test('may be nothing else', () => {
    expect(() => readJsonText(body, { contentEncoding: 'latin-1' })).toThrow(/content encoding "latin-1"/);
  });

  test('is checked against the body', () => {
    expect(() => readJsonText(Uint8Array.of(0x22, 0xff, 0x22), {})).toThrow(/not valid UTF-8/);
    expect(readJsonText(Buffer.from('"\uFFFD"'), {})).toBe('"\uFFFD"');
  });

  test('does not depend on where in memory the body lies', () => {
    const larger = Uint8Array.from([0, 0, ...body, 0]);
    expect(readJsonText(larger.subarray(2, 2 + body.length), {})).toBe('{"é":1}');
  });
});

describe('compression', () => {
  test.each([
    ['application/x-gzip', zlib.deflateSync(body)],
    ['application/x-gzip', zlib.gzipSync(body)],
    ['gzip', zlib.gzipSync(body)],
    ['application/x-brotli', zlib.brotliCompressSync(body)],
    ['', body],
  ])('is undone: %s', (compression, compressed) => {
    expect(readJsonText(compressed, { compression })).toBe('{"é":1}');
  });

  test.skipIf(!('zstdDecompressSync' in zlib))('is undone where Node has it: zstd', () => {
    const compressed = Buffer.from('KLUv/SAIQQAAeyLDqSI6MX0=', 'base64');
    expect(readJsonText(compressed, { compression: 'application/zstd' })).toBe('{"é":1}');
  });

  test.each([['application/x-bz2'], ['application/x-lzma'], ['__proto__'], ['constructor']])(
    'is refused when unknown: %s',
    (compression) => {
      expect(() => readJsonText(body, { compression })).toThrow(/cannot be read; accepted are gzip/);
    },
  );

  test('is refused when corrupt', () => {
    expect(() => readJsonText(body, { compression: 'application/x-gzip' })).toThrow(/cannot be expanded/);
    expect(() => readJsonText(body, { compression: 'application/x-gzip' })).toThrow(UndecodableError);
  });

  test('is refused when it expands beyond the limit', () => {
    const bomb = zlib.deflateSync(Buffer.alloc(64 * 1024 * 1024 + 1), { level: 1 });
    expect(() => readJsonText(bomb, { compression: 'application/x-gzip' })).toThrow(/larger than 64 MiB/);
  });
});
