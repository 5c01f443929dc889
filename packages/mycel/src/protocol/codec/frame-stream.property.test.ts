import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldTables } from '../../../../../tests/support/arbitrary-field-tables.ts';
import { anyMethods } from '../../../../../tests/support/arbitrary-methods.ts';
import { encodeContent, encodeHeartbeat, encodeMethod } from './frame-encoder.ts';
import { FrameParser } from './frame-parser.ts';
import type { Method } from './methods/method.ts';
import { WireWriter } from './wire-writer.ts';

const FRAME_MAX = 65_536;

interface Sent {
  readonly channel: number;
  /** A body makes it a message. */
  readonly method: Method | undefined;
  readonly body: Uint8Array | undefined;
}

const sendings: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({
    channel: fc.integer({ min: 0, max: 0xffff }),
    method: fc.option(anyMethods({ tables: fieldTables }), { nil: undefined }),
    body: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
  }),
  { maxLength: 8 },
);

const publish = { name: 'basic.publish', exchange: 'e', routingKey: 'k', mandatory: false, immediate: false } as const;

function encode(sent: readonly Sent[]): Buffer {
  const writer = new WireWriter();
  for (const { channel, method, body } of sent) {
    if (body) encodeContent(writer, channel, FRAME_MAX, publish, {}, body);
    else if (method) encodeMethod(writer, channel, FRAME_MAX, method);
    else encodeHeartbeat(writer);
  }
  return writer.take();
}

/** Each frame as text, copied when it is handed on or, for the same frames, at the end. */
function framesIn(chunks: readonly Buffer[], when: 'at once' | 'at the end'): string[] {
  const frames: (() => string)[] = [];
  const parser = new FrameParser(FRAME_MAX, (type, channel, buffer, start, end) => {
    const show = () => `${type} ${channel} ${buffer.toString('hex', start, end)}`;
    const shown = when === 'at once' ? show() : undefined;
    frames.push(() => shown ?? show());
  });
  for (const chunk of chunks) parser.push(chunk);
  expect(parser.isMidFrame).toBe(false);
  return frames.map((show) => show());
}

/** Cuts bytes at any places; empty chunks come too. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const offsets = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return offsets.map((end, index) => bytes.subarray(offsets[index - 1] ?? 0, end));
}

describe('a stream of frames', () => {
  it('is the same frames wherever the network cuts it', () => {
    fc.assert(
      fc.property(sendings, fc.array(fc.nat(), { maxLength: 40 }), (sent, places) => {
        const bytes = encode(sent);
        const whole = framesIn([bytes], 'at once');
        expect(framesIn(cut(bytes, places), 'at once')).toEqual(whole);
        expect(framesIn(cut(bytes, places), 'at the end')).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('is the same frames byte by byte', () => {
    fc.assert(
      fc.property(sendings, (sent) => {
        const bytes = encode(sent);
        const places = Array.from(bytes.keys());
        expect(framesIn(cut(bytes, places), 'at the end')).toEqual(framesIn([bytes], 'at once'));
      }),
      { numRuns: 30 },
    );
  });

  it('waits for the rest wherever it stops', () => {
    fc.assert(
      fc.property(sendings, fc.nat(), (sent, place) => {
        const bytes = encode([...sent, { channel: 0, method: undefined, body: undefined }]);
        const length = place % bytes.length;
        let handedOn = 0;
        const parser = new FrameParser(FRAME_MAX, (_, __, ___, start, end) => {
          handedOn += end - start + 8;
        });
        parser.push(bytes.subarray(0, length));
        expect(parser.isMidFrame).toBe(handedOn < length);
        parser.push(bytes.subarray(length));
        expect(handedOn).toBe(bytes.length);
      }),
    );
  });
});
