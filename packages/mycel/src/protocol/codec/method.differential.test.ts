import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { methodNames, methodsNamed, type MethodValues } from '../../../../../tests/support/arbitrary-methods.ts';
import { amqplibTables, rabbitmqClientTables } from '../../../../../tests/support/arbitrary-shared-tables.ts';
import { longTexts } from '../../../../../tests/support/arbitrary-text.ts';
import { decodedMethod } from '../../../../../tests/support/decoded-form.ts';
import { amqplib, rabbitmqClient } from '../../../../../tests/support/foreign-codecs.ts';
import { amqplibFields, rabbitmqClientFields, sameFields } from '../../../../../tests/support/foreign-fields.ts';
import { decodeMethod } from './frame-decoder.ts';
import { encodeMethod } from './frame-encoder.ts';
import { METHOD_IDS, type Method } from './methods/method.ts';
import { WireWriter } from './wire-writer.ts';

const CHANNEL = 513;

/** A whole frame, on a channel that needs both bytes. */
function encodeFrame(method: Method): Buffer {
  const writer = new WireWriter();
  encodeMethod(writer, CHANNEL, 1_000_000, method);
  return writer.take();
}

const decodeFrame = (frame: Buffer): Method => decodeMethod(frame, 7, frame.length - 1);

/** Tables are left out where whole frames are compared: the same numbers travel under other tags. */
const withoutTables = { tables: fc.constant({}) };

describe('every method, as amqplib has it', () => {
  const encodeThere = (method: Method) => amqplib.encodeMethod(METHOD_IDS[method.name], CHANNEL, amqplibFields(method));

  it.each(methodNames)('%s is the same bytes', (name) => {
    fc.assert(
      fc.property(methodsNamed(name, withoutTables), (method) => {
        expect(encodeFrame(method).toString('hex')).toBe(encodeThere(method).toString('hex'));
      }),
      { numRuns: 15 },
    );
  });

  it.each(methodNames)('%s with any table is understood in both directions', (name) => {
    fc.assert(
      fc.property(methodsNamed(name, { tables: amqplibTables }), (method) => {
        const [there] = amqplib.decodeFrames(encodeFrame(method));
        const expected = amqplibFields(decodedMethod(method));
        expect([there?.id, there?.channel]).toEqual([METHOD_IDS[name], CHANNEL]);
        expect(sameFields(there?.fields ?? {}, expected)).toEqual(expected);
        expect(decodeFrame(encodeThere(method))).toEqual(decodedMethod(method));
      }),
      { numRuns: 15 },
    );
  });
});

describe('every method that rabbitmq-client has', () => {
  const known = methodNames.filter((name) => rabbitmqClient.knows(METHOD_IDS[name]));
  /** It reads long strings as text, and 32 bits as signed; see the test of that below. */
  const values: MethodValues = {
    tables: rabbitmqClientTables,
    longStrings: longTexts.map((text) => Buffer.from(text)),
    uint32s: fc.nat(),
  };
  const encodeThere = (method: Method) =>
    rabbitmqClient.encodeFrame({
      type: 1,
      channelId: CHANNEL,
      methodId: METHOD_IDS[method.name],
      params: rabbitmqClientFields(method),
    });

  it('is every method but these', () => {
    expect(methodNames.filter((name) => !known.includes(name))).toEqual([
      'connection.update-secret',
      'connection.update-secret-ok',
      'channel.flow',
      'channel.flow-ok',
      'basic.recover-async',
    ]);
  });

  it.each(known)('%s is the same bytes', (name) => {
    fc.assert(
      fc.property(methodsNamed(name, { ...values, ...withoutTables }), (method) => {
        expect(encodeFrame(method).toString('hex')).toBe(encodeThere(method).toString('hex'));
      }),
      { numRuns: 15 },
    );
  });

  it.each(known)('%s with any table is understood in both directions', async (name) => {
    const understood = fc.asyncProperty(methodsNamed(name, values), async (method) => {
      const [there] = await rabbitmqClient.decodeFrames(encodeFrame(method));
      const expected = rabbitmqClientFields(decodedMethod(method));
      expect([there?.methodId, there?.channelId]).toEqual([METHOD_IDS[name], CHANNEL]);
      expect(sameFields(there?.params ?? {}, expected)).toEqual(expected);
      expect(decodeFrame(encodeThere(method))).toEqual(decodedMethod(method));
    });
    await fc.assert(understood, { numRuns: 15 });
  });

  it('counts no further than 2^31 there, and to 2^32 here as the specification has it', async () => {
    const method: Method = { name: 'queue.purge-ok', messageCount: 2 ** 32 - 1 };
    const [there] = await rabbitmqClient.decodeFrames(encodeFrame(method));
    expect(there?.params).toEqual({ messageCount: -1 });
    expect(decodeFrame(encodeFrame(method))).toEqual(method);
  });
});
