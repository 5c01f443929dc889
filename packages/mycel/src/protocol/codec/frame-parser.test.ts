import { describe, expect, it } from 'vitest';
import { MalformedFrameError } from './amqp-error.ts';
import { encodeContent, encodeHeartbeat, encodeMethod } from './frame-encoder.ts';
import { FrameParser } from './frame-parser.ts';
import { WireWriter } from './wire-writer.ts';

interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

function collect(chunks: readonly Buffer[], frameMax = 4096): Frame[] {
  const frames: Frame[] = [];
  const parser = new FrameParser(frameMax, (type, channel, buffer, start, end) =>
    frames.push({ type, channel, payload: buffer.subarray(start, end) }),
  );
  for (const chunk of chunks) parser.push(chunk);
  return frames;
}

function stream(): Buffer {
  const writer = new WireWriter();
  encodeMethod(writer, 258, 4096, { name: 'basic.ack', deliveryTag: 7, multiple: true });
  encodeHeartbeat(writer);
  const publish = { name: 'basic.publish', exchange: 'e', routingKey: 'k', mandatory: true, immediate: false } as const;
  encodeContent(writer, 1, 4096, publish, { contentType: 'text/plain' }, Buffer.alloc(10_000, 'x'));
  return writer.take();
}

describe('FrameParser', () => {
  it('cuts a chunk into its frames', () => {
    const frames = collect([stream()]);
    expect(frames.map(({ type, channel, payload }) => [type, channel, payload.length])).toEqual([
      [1, 258, 13],
      [8, 0, 0],
      [1, 1, 11],
      [2, 1, 25],
      [3, 1, 4088],
      [3, 1, 4088],
      [3, 1, 1824],
    ]);
  });

  it.each([1, 2, 3, 6, 7, 8, 9, 100, 4095])('finds the same frames in chunks of %i bytes', (size) => {
    const bytes = stream();
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
    expect(collect(chunks)).toEqual(collect([bytes]));
  });

  it('hands on a frame within one chunk in place', () => {
    const bytes = stream();
    const [first] = collect([bytes]);
    expect(first?.payload.buffer).toBe(bytes.buffer);
  });

  it('hands on a frame as soon as its last byte is there', () => {
    let frames = 0;
    const parser = new FrameParser(4096, () => (frames += 1));
    const bytes = Buffer.from('08000000000000ce', 'hex');
    parser.push(bytes.subarray(0, 7));
    expect([frames, parser.isMidFrame]).toEqual([0, true]);
    parser.push(bytes.subarray(7));
    expect([frames, parser.isMidFrame]).toEqual([1, false]);
  });

  it.each([
    ['an unknown type', '04000100000000ce', /frame type 4/],
    ['a wrong last byte', '0100010000000100cd', /ends in 205/],
    ['a frame beyond the limit, by its head alone', '03000100000ff9', /4097 bytes where 4096/],
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'), /frame type 72/],
  ])('refuses %s with code 501', (_, hex, message) => {
    const push = () => collect([Buffer.from(hex, 'hex')]);
    expect(push).toThrow(message);
    expect(push).toThrow(expect.objectContaining({ code: 'MYCEL_AMQP_MALFORMED_FRAME', replyCode: 501 }));
    expect(push).toThrow(MalformedFrameError);
  });

  it('takes a frame of exactly the limit', () => {
    const frame = Buffer.alloc(4096);
    frame.set(Buffer.from('03000100000ff8', 'hex'));
    frame[4095] = 0xce;
    expect(collect([frame])).toHaveLength(1);
  });

  it('refuses a frame beyond the limit that comes byte by byte before holding its bytes', () => {
    const parser = new FrameParser(4096, () => undefined);
    for (const byte of Buffer.from('0300010fffff', 'hex')) parser.push(Buffer.of(byte));
    expect(() => parser.push(Buffer.of(0xff))).toThrow(/4096 is the most/);
  });

  it('hands on the good frames in front of a broken one', () => {
    let frames = 0;
    const parser = new FrameParser(4096, () => (frames += 1));
    expect(() => parser.push(Buffer.from('08000000000000ce09000000000000ce', 'hex'))).toThrow(/frame type 9/);
    expect(frames).toBe(1);
  });
});
