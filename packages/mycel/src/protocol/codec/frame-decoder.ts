import { MalformedFrameError } from './amqp-error.ts';
import { type MessageProperties, readProperties } from './message-properties.ts';
import { METHOD_IDS, type Method, readArguments } from './methods/method.ts';
import { REPLY_CODE } from './protocol.ts';
import { WireReader } from './wire-reader.ts';

/** What stands between a method that carries content and its body. */
export interface ContentHeader {
  /** Of the method that carries the content: 60, basic. */
  readonly classId: number;
  readonly bodySize: number;
  /** Flags and properties as they came: what a broker passes on byte for byte, and {@link decodeProperties} reads. */
  readonly rawProperties: Buffer;
}

/** Decoding never calls back, so one reader serves every frame. */
const sharedReader = new WireReader(Buffer.alloc(0));

/** Decodes the payload of a method frame, `buffer` from `start` to `end`. */
export function decodeMethod(buffer: Buffer, start = 0, end: number = buffer.length): Method {
  const reader = sharedReader;
  reader.reset(buffer, start, end);
  const classId = reader.readUint16();
  const methodId = reader.readUint16();
  const method = readArguments(reader, classId, methodId);
  if (!method) throw new MalformedFrameError(REPLY_CODE.commandInvalid, `unknown method ${classId}.${methodId}`);
  reader.expectEnd(method.name);
  return method;
}

/** Decodes the payload of a header frame, `buffer` from `start` to `end`, all but the properties. */
export function decodeContentHeader(buffer: Buffer, start = 0, end: number = buffer.length): ContentHeader {
  const reader = sharedReader;
  reader.reset(buffer, start, end);
  const classId = reader.readUint16();
  // The weight, which nobody ever used.
  reader.readUint16();
  const bodySize = reader.readUint64();
  return { classId, bodySize, rawProperties: buffer.subarray(reader.offset, end) };
}

/**
 * Decodes the properties of a content header. Apart from the header, because properties that cannot be decoded spoil
 * one message while the stream of frames is still sound.
 */
export function decodeProperties(rawProperties: Buffer): MessageProperties {
  const reader = sharedReader;
  reader.reset(rawProperties, 0, rawProperties.length);
  return readProperties(reader);
}

const NAMES_BY_ID = new Map(Object.entries(METHOD_IDS).map(([name, id]) => [id, name]));

/** Names the method that a `close` blames; undefined when it blames none, or one that nobody knows. */
export function methodNameOf(classId: number, methodId: number): string | undefined {
  return NAMES_BY_ID.get((classId << 16) | methodId);
}
