import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeProperties,
  MalformedFrameError,
  type MessageProperties,
  WireWriter,
  writeProperties,
} from '../../protocol/codec/index.ts';
import { readBrokeredProperties } from './brokered-properties.ts';

const texts = fc.string({ maxLength: 60 });
const octets = fc.nat(255);

const anyProperties = fc.record(
  {
    contentType: texts,
    contentEncoding: texts,
    headers: fc.dictionary(texts, texts),
    deliveryMode: octets,
    priority: octets,
    correlationId: texts,
    replyTo: texts,
    expiration: texts,
    messageId: texts,
    timestamp: fc.nat(),
    type: texts,
    userId: texts,
    appId: texts,
    clusterId: texts,
  },
  { requiredKeys: [] },
);

function encoded(properties: MessageProperties): Buffer {
  const writer = new WireWriter();
  writeProperties(writer, properties);
  return writer.take();
}

function outcomeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof MalformedFrameError) return 'malformed';
    throw error;
  }
}

describe('readBrokeredProperties', () => {
  it('finds what decoding all properties finds', () => {
    fc.assert(
      fc.property(anyProperties, (properties) => {
        const { priority, replyTo, expiration, userId } = properties;
        expect(readBrokeredProperties(encoded(properties))).toEqual({ priority, replyTo, expiration, userId });
      }),
    );
  });

  it('refuses bytes that are cut off or go on', () => {
    fc.assert(
      fc.property(anyProperties, fc.nat(200), (properties, length) => {
        const whole = encoded(properties);
        fc.pre(length < whole.length);
        expect(outcomeOf(() => readBrokeredProperties(whole.subarray(0, length)))).toBe('malformed');
        expect(outcomeOf(() => readBrokeredProperties(Buffer.concat([whole, Buffer.of(0)])))).toBe('malformed');
      }),
    );
  });

  it('reads any bytes or refuses them, and reads all that decoding them reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const raw = Buffer.from(bytes);
        const outcome = outcomeOf(() => readBrokeredProperties(raw));
        if (outcomeOf(() => decodeProperties(raw)) === 'read') expect(outcome).toBe('read');
      }),
      { numRuns: 500 },
    );
  });
});
