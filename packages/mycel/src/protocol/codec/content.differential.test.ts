import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amqplibTables, rabbitmqClientTables } from '../../../../../tests/support/arbitrary-shared-tables.ts';
import { shortTexts } from '../../../../../tests/support/arbitrary-text.ts';
import { decodedForm } from '../../../../../tests/support/decoded-form.ts';
import { amqplib, rabbitmqClient } from '../../../../../tests/support/foreign-codecs.ts';
import { amqplibTable, sameFields } from '../../../../../tests/support/foreign-fields.ts';
import type { FieldTable } from './field-value.ts';
import { decodeContentHeader, decodeProperties } from './frame-decoder.ts';
import { encodeContent, encodeHeartbeat } from './frame-encoder.ts';
import { FrameParser } from './frame-parser.ts';
import type { MessageProperties } from './message-properties.ts';
import { WireWriter } from './wire-writer.ts';

const FRAME_MAX = 65_536;
const CHANNEL = 258;
const publish = { name: 'basic.publish', exchange: 'e', routingKey: 'k', mandatory: true, immediate: false } as const;

function anyProperties(headers: fc.Arbitrary<FieldTable>): fc.Arbitrary<MessageProperties> {
  const octets = fc.nat(255);
  const texts = Object.fromEntries(
    ['contentType', 'contentEncoding', 'correlationId', 'replyTo', 'expiration', 'messageId', 'type', 'userId'].map(
      (name) => [name, shortTexts],
    ),
  );
  const record = { ...texts, appId: shortTexts, clusterId: shortTexts, deliveryMode: octets, priority: octets };
  const properties = { ...record, headers, timestamp: fc.maxSafeNat() };
  return fc.record(properties, { requiredKeys: [], noNullPrototype: true });
}

/** Everything the properties of which stands in a table is another matter: here they stay without headers. */
const withoutHeaders = anyProperties(fc.constant({}));
const bodies = fc.uint8Array({ maxLength: 200 }).map((body) => Buffer.from(body));

/** The frames behind the method: header and body. */
function encodeHere(properties: MessageProperties, body: Buffer): Buffer {
  const writer = new WireWriter();
  encodeContent(writer, CHANNEL, FRAME_MAX, publish, properties, body);
  const all = writer.take();
  return all.subarray(8 + all.readUInt32BE(3));
}

function decodeHere(frames: Buffer): { bodySize: number; properties: MessageProperties; body: Buffer } {
  let bodySize = 0;
  let properties: MessageProperties = {};
  const parts: Buffer[] = [];
  new FrameParser(FRAME_MAX, (type, _, buffer, start, end) => {
    if (type === 3) {
      parts.push(buffer.subarray(start, end));
      return;
    }
    const header = decodeContentHeader(buffer, start, end);
    bodySize = header.bodySize;
    properties = decodeProperties(header.rawProperties);
  }).push(frames);
  return { bodySize, properties, body: Buffer.concat(parts) };
}

function decodedProperties(properties: MessageProperties): MessageProperties {
  return properties.headers ? { ...properties, headers: decodedForm(properties.headers) } : properties;
}

function encodeByAmqplib(properties: MessageProperties, body: Buffer): Buffer {
  const headers = properties.headers && { headers: amqplibTable(properties.headers) };
  const frames = [amqplib.encodeProperties(60, CHANNEL, body.length, { ...properties, ...headers })];
  if (body.length > 0) frames.push(amqplib.makeBodyFrame(CHANNEL, body));
  return Buffer.concat(frames);
}

function encodeByRabbitmqClient(properties: MessageProperties, body: Buffer): Buffer {
  const fields = { ...properties };
  const frames = [rabbitmqClient.encodeFrame({ type: 2, channelId: CHANNEL, bodySize: body.length, fields })];
  if (body.length > 0) frames.push(rabbitmqClient.encodeFrame({ type: 3, channelId: CHANNEL, payload: body }));
  return Buffer.concat(frames);
}

describe('the content of a message', () => {
  it('is the same bytes from all three codecs', () => {
    fc.assert(
      fc.property(withoutHeaders, bodies, (properties, body) => {
        const here = encodeHere(properties, body).toString('hex');
        expect(here).toBe(encodeByAmqplib(properties, body).toString('hex'));
        expect(here).toBe(encodeByRabbitmqClient(properties, body).toString('hex'));
      }),
    );
  });

  it('with any headers is understood by amqplib, and from amqplib', () => {
    fc.assert(
      fc.property(anyProperties(amqplibTables), bodies, (properties, body) => {
        const [header, ...parts] = amqplib.decodeFrames(encodeHere(properties, body));
        const { headers, ...others } = decodedProperties(properties);
        const expected = { ...others, ...(headers && { headers: amqplibTable(headers) }) };
        expect([header?.id, header?.size]).toEqual([60, body.length]);
        expect(sameFields(header?.fields ?? {}, expected)).toEqual(expected);
        expect(Object.values(header?.fields ?? {}).filter((value) => value !== undefined)).toHaveLength(
          Object.keys(expected).length,
        );
        expect(Buffer.concat(parts.map(({ content = Buffer.alloc(0) }) => content)).equals(body)).toBe(true);
        const there = decodeHere(encodeByAmqplib(properties, body));
        expect(there).toEqual({ bodySize: body.length, properties: decodedProperties(properties), body });
      }),
    );
  });

  it('with any headers is understood by rabbitmq-client, and from rabbitmq-client', async () => {
    const isUnderstood = fc.asyncProperty(anyProperties(rabbitmqClientTables), bodies, async (properties, body) => {
      const [header, ...parts] = await rabbitmqClient.decodeFrames(encodeHere(properties, body));
      expect(header).toEqual({
        type: 2,
        channelId: CHANNEL,
        bodySize: body.length,
        fields: decodedProperties(properties),
      });
      expect(Buffer.concat(parts.map(({ payload = Buffer.alloc(0) }) => payload)).equals(body)).toBe(true);
      const there = decodeHere(encodeByRabbitmqClient(properties, body));
      expect(there).toEqual({ bodySize: body.length, properties: decodedProperties(properties), body });
    });
    await fc.assert(isUnderstood);
  });
});

it('a heartbeat is the same bytes', async () => {
  const writer = new WireWriter();
  encodeHeartbeat(writer);
  const heartbeat = writer.take();
  expect(await rabbitmqClient.decodeFrames(heartbeat)).toEqual([{ type: 8, channelId: 0 }]);
  expect(amqplib.decodeFrames(heartbeat)).toEqual([{ channel: 0 }]);
});
