import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldTables } from '../../../../../tests/support/arbitrary-field-tables.ts';
import { shortTexts } from '../../../../../tests/support/arbitrary-text.ts';
import { decodedForm } from '../../../../../tests/support/decoded-form.ts';
import { UnencodableError } from './amqp-error.ts';
import { decodeContentHeader, decodeProperties } from './frame-decoder.ts';
import { encodeContent, encodeMethod } from './frame-encoder.ts';
import { FrameParser } from './frame-parser.ts';
import type { MessageProperties } from './message-properties.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD } from './protocol.ts';
import { WireWriter } from './wire-writer.ts';

interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

const publish = { name: 'basic.publish', exchange: 'e', routingKey: 'k', mandatory: false, immediate: false } as const;
const octets = fc.integer({ min: 0, max: 255 });

const everyProperty = {
  contentType: shortTexts,
  contentEncoding: shortTexts,
  headers: fieldTables,
  deliveryMode: octets,
  priority: octets,
  correlationId: shortTexts,
  replyTo: shortTexts,
  expiration: shortTexts,
  messageId: shortTexts,
  timestamp: fc.maxSafeNat(),
  type: shortTexts,
  userId: shortTexts,
  appId: shortTexts,
  clusterId: shortTexts,
};
const properties: fc.Arbitrary<MessageProperties> = fc.record(everyProperty, {
  requiredKeys: [],
  noNullPrototype: true,
});

function publishFrames(frameMax: number, properties: MessageProperties, body: Uint8Array): Frame[] {
  const writer = new WireWriter();
  encodeContent(writer, 7, frameMax, publish, properties, body);
  const frames: Frame[] = [];
  new FrameParser(frameMax, (type, channel, buffer, start, end) =>
    frames.push({ type, channel, payload: buffer.subarray(start, end) }),
  ).push(writer.take());
  return frames;
}

describe('publishing', () => {
  const limits = fc.oneof(fc.integer({ min: 4096, max: 9000 }), fc.constantFrom(4096, 131_072));
  const sizes = fc.oneof(fc.nat(40_000), fc.nat(600_000));
  /** A body of any size, and of the sizes around whole frames. */
  const bodies = fc.tuple(limits, sizes, fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined }));

  it('cuts a body of any size into frames as large as was agreed, and one with the rest', () => {
    fc.assert(
      fc.property(bodies, ([frameMax, size, offset]) => {
        const most = frameMax - 8;
        const length = offset === undefined ? size : Math.max(0, Math.round(size / most) * most + offset);
        const body = Buffer.alloc(length, 'a long body ');
        const [method, header, ...parts] = publishFrames(frameMax, {}, body);
        expect([method?.type, header?.type]).toEqual([FRAME_METHOD, FRAME_HEADER]);
        expect(decodeContentHeader(header?.payload ?? body).bodySize).toBe(length);
        const lengths = Array.from({ length: Math.ceil(length / most) }, (_, at) => Math.min(most, length - at * most));
        expect(parts.map(({ type, channel, payload }) => [type, channel, payload.length])).toEqual(
          lengths.map((expected) => [FRAME_BODY, 7, expected]),
        );
        expect(Buffer.concat(parts.map(({ payload }) => payload)).equals(body)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  it('carries any properties, in any combination', () => {
    fc.assert(
      fc.property(properties, (sent) => {
        const [, header] = publishFrames(1_000_000, sent, Buffer.alloc(0));
        const { rawProperties } = decodeContentHeader(header?.payload ?? Buffer.alloc(0));
        const headers = sent.headers && { headers: decodedForm(sent.headers) };
        expect(decodeProperties(rawProperties)).toEqual({ ...sent, ...headers });
      }),
      { numRuns: 200 },
    );
  });

  it('either fits the agreed frame or writes nothing at all, to the byte', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: -3, max: 3 }), (frameMax, excess) => {
        const writer = new WireWriter();
        // 8 bytes of frame, 12 of header, 2 of flags; the length of the table, `h`, a tag and the length of the text.
        const sent = { headers: { h: 'x'.repeat(frameMax - 33 + excess) } };
        const encode = () => encodeContent(writer, 1, frameMax, publish, sent, Buffer.from('x'));
        encodeMethod(writer, 1, frameMax, { name: 'tx.select' });
        const before = writer.length;
        if (excess <= 0) encode();
        else expect(encode).toThrow(UnencodableError);
        expect(writer.length).toBe(excess <= 0 ? before + 19 + frameMax + excess + 9 : before);
      }),
    );
  });
});
