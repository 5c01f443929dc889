import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldTables } from '../../../../../tests/support/arbitrary-field-tables.ts';
import { anyMethods, methodNames, methodsNamed } from '../../../../../tests/support/arbitrary-methods.ts';
import { decodedMethod } from '../../../../../tests/support/decoded-form.ts';
import { MalformedFrameError } from './amqp-error.ts';
import { decodeMethod } from './frame-decoder.ts';
import { METHOD_IDS, type Method, writeMethod } from './methods/method.ts';
import { WireWriter } from './wire-writer.ts';

const values = { tables: fieldTables };

function encode(method: Method): Buffer {
  const writer = new WireWriter();
  writeMethod(writer, method);
  return writer.take();
}

describe('any method', () => {
  it.each(methodNames)('%s comes back as it was, behind its ids', (name) => {
    fc.assert(
      fc.property(methodsNamed(name, values), (method) => {
        const bytes = encode(method);
        expect(bytes.readUInt32BE(0)).toBe(METHOD_IDS[name]);
        expect(decodeMethod(bytes)).toEqual(decodedMethod(method));
      }),
      { numRuns: 40 },
    );
  });

  it('is read from its place in a larger buffer, and not beyond it', () => {
    fc.assert(
      fc.property(anyMethods(values), fc.nat(20), fc.nat(20), (method, before, after) => {
        const bytes = encode(method);
        const larger = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(after, 0xff)]);
        expect(decodeMethod(larger, before, before + bytes.length)).toEqual(decodedMethod(method));
      }),
    );
  });

  it('is refused (502) when it ends early, wherever that is, and when anything follows', () => {
    const syntaxError = expect.objectContaining({ replyCode: 502 });
    fc.assert(
      fc.property(anyMethods(values), fc.nat(), (method, cut) => {
        const bytes = encode(method);
        const length = cut % bytes.length;
        expect(() => decodeMethod(bytes, 0, length)).toThrow(MalformedFrameError);
        expect(() => decodeMethod(bytes, 0, length)).toThrow(syntaxError);
        expect(() => decodeMethod(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(syntaxError);
      }),
      { numRuns: 300 },
    );
  });

  it('does not share memory with a method decoded before', () => {
    fc.assert(
      fc.property(anyMethods(values), anyMethods(values), (first, second) => {
        const decoded = decodeMethod(encode(first));
        decodeMethod(encode(second));
        expect(decoded).toEqual(decodedMethod(first));
      }),
    );
  });
});
