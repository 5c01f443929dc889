import { describe, expect, it } from 'vitest';
import { UnencodableError } from './amqp-error.ts';
import { type Content, ContentAssembler, carriesContent } from './content-assembler.ts';
import { decodeContentHeader, decodeMethod, decodeProperties } from './frame-decoder.ts';
import { encodeContent, encodeMethod } from './frame-encoder.ts';
import { FrameParser } from './frame-parser.ts';
import type { MessageProperties } from './message-properties.ts';
import type { BasicDeliver, BasicPublish } from './methods/basic.ts';
import { WireWriter } from './wire-writer.ts';

const FRAME_MAX = 4096;

const publish: BasicPublish = {
  name: 'basic.publish',
  exchange: 'e',
  routingKey: 'k',
  mandatory: true,
  immediate: false,
};
const deliver: BasicDeliver = {
  name: 'basic.deliver',
  consumerTag: 'c',
  deliveryTag: 2 ** 40,
  redelivered: true,
  exchange: 'e',
  routingKey: 'k',
};

const everyProperty: Required<MessageProperties> = {
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  headers: { tenant: 'a', attempt: 3 },
  deliveryMode: 2,
  priority: 9,
  correlationId: '7c1f',
  replyTo: 'rpc.reply',
  expiration: '1000',
  messageId: 'm',
  timestamp: 1_700_000_000,
  type: 't',
  userId: 'guest',
  appId: 'app',
  clusterId: 'c',
};

/** What the other side makes of the bytes. */
function assemble(bytes: Buffer): { contents: Content[]; frames: number } {
  const contents: Content[] = [];
  let frames = 0;
  const assembler = new ContentAssembler(2 ** 30);
  const parser = new FrameParser(FRAME_MAX, (type, _, buffer, start, end) => {
    frames += 1;
    if (type === 1) {
      const method = decodeMethod(buffer, start, end);
      if (carriesContent(method)) assembler.begin(method);
      return;
    }
    const content =
      type === 2
        ? assembler.header(decodeContentHeader(buffer, start, end))
        : assembler.body(buffer.subarray(start, end));
    if (content) contents.push(content);
  });
  parser.push(bytes);
  return { contents, frames };
}

describe('encodeContent', () => {
  it.each([
    [0, 2],
    [1, 3],
    [FRAME_MAX - 8, 3],
    [FRAME_MAX - 7, 4],
    [2 * (FRAME_MAX - 8), 4],
    [100_000, 27],
  ])('sends a body of %i bytes in %i frames', (size, expected) => {
    const writer = new WireWriter();
    const body = Buffer.alloc(size, 'abc');
    encodeContent(writer, 1, FRAME_MAX, deliver, everyProperty, body);
    const { contents, frames } = assemble(writer.take());
    expect(frames).toBe(expected);
    expect(contents).toHaveLength(1);
    expect(contents[0]?.method).toEqual(deliver);
    expect(contents[0]?.body.equals(body)).toBe(true);
    expect(decodeProperties(contents[0]?.rawProperties ?? Buffer.alloc(0))).toEqual(everyProperty);
  });

  it('passes raw properties on byte for byte', () => {
    const writer = new WireWriter();
    // int16 under the tag `s`, which would be written as `I`.
    const raw = Buffer.from('2000 00000005 0176 73 012c'.replaceAll(' ', ''), 'hex');
    encodeContent(writer, 1, FRAME_MAX, deliver, raw, Buffer.from('x'));
    expect(assemble(writer.take()).contents[0]?.rawProperties).toEqual(raw);
  });

  it.each<[string, MessageProperties, RegExp]>([
    ['a header without a form', { headers: { f: (() => 1) as never } }, /headers\.f/],
    ['a correlation id of more than 255 bytes', { correlationId: 'x'.repeat(256) }, /correlationId.*256 bytes/],
    ['a priority beyond a byte', { priority: 256 }, /priority/],
    ['a fractional timestamp', { timestamp: 1.5 }, /timestamp/],
    ['headers larger than a frame', { headers: { h: 'x'.repeat(FRAME_MAX) } }, /headers and properties.*4096/],
  ])('writes nothing at all for %s', (_, properties, message) => {
    const writer = new WireWriter();
    encodeMethod(writer, 1, FRAME_MAX, { name: 'basic.ack', deliveryTag: 1, multiple: false });
    const before = writer.length;
    const encode = () => encodeContent(writer, 1, FRAME_MAX, publish, properties, Buffer.from('x'));
    expect(encode).toThrow(UnencodableError);
    expect(encode).toThrow(message);
    expect(writer.length).toBe(before);
  });

  it('refuses a routing key of more than 255 bytes by its name', () => {
    const method = { ...publish, routingKey: 'é'.repeat(128) };
    expect(() => encodeContent(new WireWriter(), 1, FRAME_MAX, method, {}, Buffer.of())).toThrow(/routing-?key.*256/i);
  });
});

describe('encodeMethod', () => {
  it('writes nothing for a method larger than a frame', () => {
    const writer = new WireWriter();
    const method = {
      name: 'queue.bind',
      queue: 'q',
      exchange: 'e',
      routingKey: '',
      noWait: false,
      arguments: { x: 'x'.repeat(FRAME_MAX) },
    } as const;
    expect(() => encodeMethod(writer, 1, FRAME_MAX, method)).toThrow(/queue\.bind.*most agreed with the peer is 4096/);
    expect(writer.length).toBe(0);
  });
});
