import {
  type ContentMethod,
  decodeContentHeader,
  decodeMethod,
  encodeContent,
  encodeMethod,
  type MessageProperties,
  type Method,
  protocol,
  WireWriter,
} from '../../protocol/codec/index.ts';
import type { PublishedContent } from '../engine/message.ts';

const { FRAME_HEAD_BYTES, FRAME_OVERHEAD_BYTES } = protocol;

/** A method on its way between a client and the engine, and its content if it carries one. */
export interface Parcel {
  readonly channel: number;
  readonly method: Method;
  readonly content?: PublishedContent;
}

const writer = new WireWriter();
const noBody = Buffer.alloc(0);

/** Settling is most of what clients send; there is nothing in it that could not be encoded. */
const plain: ReadonlySet<Method['name']> = new Set<Method['name']>(['basic.ack', 'basic.nack', 'basic.reject']);

/**
 * Makes a parcel of a method as it would arrive from a socket: by way of its bytes, which nobody else holds. Throws an
 * `UnencodableError` for what does not fit into a frame of `frameMax` bytes, or has no form on the wire.
 */
export function packMethod(channel: number, method: Method, frameMax: number): Parcel {
  if (plain.has(method.name)) return { channel, method };
  encodeMethod(writer, channel, frameMax, method);
  const frame = writer.take();
  return { channel, method: decodeMethod(frame, FRAME_HEAD_BYTES, endOfPayload(frame)) };
}

/** Makes a parcel of a message, of which it keeps copies. Throws as {@link packMethod} does. */
export function packMessage(
  channel: number,
  method: ContentMethod,
  properties: MessageProperties,
  body: Uint8Array,
  frameMax: number,
): Parcel {
  encodeContent(writer, channel, frameMax, method, properties, noBody);
  const frames = writer.take();
  const headerAt = endOfPayload(frames) + 1 + FRAME_HEAD_BYTES;
  const { rawProperties } = decodeContentHeader(frames, headerAt, frames.length - 1);
  return { channel, method, content: { rawProperties, body: Buffer.from(body) } };
}

/** Where the payload of the first frame ends, and its last byte stands. */
function endOfPayload(frames: Buffer): number {
  return FRAME_OVERHEAD_BYTES - 1 + frames.readUInt32BE(3);
}
