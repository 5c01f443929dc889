import { UnencodableError } from './amqp-error.ts';
import { type MessageProperties, writeProperties } from './message-properties.ts';
import type { BasicDeliver, BasicGetOk, BasicPublish, BasicReturn } from './methods/basic.ts';
import { type Method, writeMethod } from './methods/method.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD_BYTES,
} from './protocol.ts';
import type { WireWriter } from './wire-writer.ts';

/** The methods that a header and a body follow. */
export type ContentMethod = BasicPublish | BasicDeliver | BasicReturn | BasicGetOk;

/** Flags and properties already encoded, as `ContentHeader.rawProperties` has them: passed on byte for byte. */
export type RawProperties = Uint8Array;

const BASIC_CLASS_ID = 60;

/** Writes a method frame. When it throws, nothing was written. */
export function encodeMethod(writer: WireWriter, channel: number, frameMax: number, method: Method): void {
  const before = writer.length;
  try {
    writeMethodFrame(writer, channel, frameMax, method);
  } catch (error) {
    writer.rewind(before);
    throw error;
  }
}

/**
 * Writes a method with its content: the method frame, the header frame, and as many body frames of at most `frameMax`
 * bytes as the body needs. When it throws (`UnencodableError`), nothing was written.
 */
export function encodeContent(
  writer: WireWriter,
  channel: number,
  frameMax: number,
  method: ContentMethod,
  properties: MessageProperties | RawProperties,
  body: Uint8Array,
): void {
  const before = writer.length;
  try {
    writeMethodFrame(writer, channel, frameMax, method);
    writeHeaderFrame(writer, channel, frameMax, properties, body.length);
  } catch (error) {
    writer.rewind(before);
    throw error;
  }
  writeBodyFrames(writer, channel, frameMax, body);
}

/** Writes a heartbeat frame. */
export function encodeHeartbeat(writer: WireWriter): void {
  endFrame(writer, beginFrame(writer, FRAME_HEARTBEAT, 0), Number.POSITIVE_INFINITY, 'a heartbeat');
}

function writeMethodFrame(writer: WireWriter, channel: number, frameMax: number, method: Method): void {
  const frame = beginFrame(writer, FRAME_METHOD, channel);
  writeMethod(writer, method);
  endFrame(writer, frame, frameMax, method.name);
}

function writeHeaderFrame(
  writer: WireWriter,
  channel: number,
  frameMax: number,
  properties: MessageProperties | RawProperties,
  bodySize: number,
): void {
  const frame = beginFrame(writer, FRAME_HEADER, channel);
  writer.writeUint16(BASIC_CLASS_ID);
  writer.writeUint16(0);
  writer.writeUint64(bodySize);
  if (properties instanceof Uint8Array) writer.writeBytes(properties);
  else writeProperties(writer, properties);
  endFrame(writer, frame, frameMax, 'the headers and properties of the message');
}

function writeBodyFrames(writer: WireWriter, channel: number, frameMax: number, body: Uint8Array): void {
  const most = frameMax - FRAME_OVERHEAD_BYTES;
  for (let offset = 0; offset < body.length; offset += most) {
    const part = body.length <= most ? body : body.subarray(offset, offset + most);
    writer.writeUint8(FRAME_BODY);
    writer.writeUint16(channel);
    writer.writeLongBytes(part);
    writer.writeUint8(FRAME_END);
  }
}

/** Writes type and channel, leaves the size open; gives where the size stands. */
function beginFrame(writer: WireWriter, type: number, channel: number): number {
  writer.writeUint8(type);
  writer.writeUint16(channel);
  return writer.reserveUint32();
}

function endFrame(writer: WireWriter, sizeAt: number, frameMax: number, what: string): void {
  const payload = writer.length - sizeAt - 4;
  if (payload + FRAME_OVERHEAD_BYTES > frameMax) {
    const size = payload + FRAME_OVERHEAD_BYTES;
    throw new UnencodableError(what, `a frame of ${size} bytes, the most agreed with the peer is ${frameMax}`);
  }
  writer.fillUint32(sizeAt, payload);
  writer.writeUint8(FRAME_END);
}
