import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The fields of a method or of the properties, as the other clients name them. */
export type ForeignFields = Record<string, unknown>;

interface AmqplibDefinitions {
  /** Gives a whole frame. */
  readonly encodeMethod: (id: number, channel: number, fields: ForeignFields) => Buffer;
  /** Gives a whole frame. */
  readonly encodeProperties: (classId: number, channel: number, bodySize: number, fields: ForeignFields) => Buffer;
}

interface AmqplibFrame {
  readonly type: number;
  readonly channel: number;
  readonly size: number;
  readonly payload: Buffer;
  readonly rest: Buffer;
}

interface AmqplibFrames {
  readonly parseFrame: (bytes: Buffer, most: number) => AmqplibFrame | false;
  readonly decodeFrame: (frame: AmqplibFrame) => AmqplibDecoded;
  readonly makeBodyFrame: (channel: number, payload: Buffer) => Buffer;
}

export interface AmqplibDecoded {
  readonly id: number;
  readonly channel: number;
  readonly size?: number;
  readonly fields: ForeignFields;
  readonly content?: Buffer;
}

interface AmqplibTables {
  /** Gives how many bytes it wrote. */
  readonly encodeTable: (buffer: Buffer, table: ForeignFields, offset: number) => number;
  /** Takes the fields without the length in front. */
  readonly decodeFields: (bytes: Buffer) => ForeignFields;
}

/** A frame as rabbitmq-client takes and gives it. */
export interface RabbitmqClientFrame {
  readonly type: number;
  readonly channelId: number;
  readonly methodId?: number;
  readonly params?: ForeignFields | null;
  readonly bodySize?: number;
  readonly fields?: ForeignFields;
  readonly payload?: Buffer;
}

interface RabbitmqClientCodec {
  readonly Cmd: Readonly<Record<string, number | string>>;
  readonly encodeFrame: (frame: RabbitmqClientFrame) => Buffer;
  /** Asks `read` for so many bytes at a time. */
  readonly decodeFrame: (read: (bytes: number) => Promise<Buffer>) => Promise<RabbitmqClientFrame>;
}

const require = createRequire(import.meta.url);
// Its `exports` hide the codec, so the files are taken by their place beside the door.
const amqplibFiles = join(dirname(require.resolve('amqplib')), 'lib');

// These modules have no types; what is used of them is declared above.
const definitions = require(join(amqplibFiles, 'defs.js')) as AmqplibDefinitions;
const frames = require(join(amqplibFiles, 'frame.js')) as AmqplibFrames;
const tables = require(join(amqplibFiles, 'codec.js')) as AmqplibTables;
const rabbitmqCodec = require('rabbitmq-client/lib/codec.js') as RabbitmqClientCodec;

/** The codec of amqplib. */
export const amqplib = {
  encodeMethod: definitions.encodeMethod,
  encodeProperties: definitions.encodeProperties,
  makeBodyFrame: frames.makeBodyFrame,

  /** Decodes a stream of whole frames. */
  decodeFrames(bytes: Buffer): AmqplibDecoded[] {
    const decoded: AmqplibDecoded[] = [];
    for (let rest = bytes; rest.length > 0; ) {
      const frame = frames.parseFrame(rest, 0);
      if (!frame) throw new Error(`${rest.length} bytes are no whole frame`);
      decoded.push(frames.decodeFrame(frame));
      rest = frame.rest;
    }
    return decoded;
  },

  /** Encodes a table with its length in front. */
  encodeTable(table: ForeignFields): Buffer {
    const buffer = Buffer.alloc(65_536);
    return buffer.subarray(0, tables.encodeTable(buffer, table, 0));
  },

  /** Decodes a table with its length in front. */
  decodeTable: (bytes: Buffer): ForeignFields => tables.decodeFields(bytes.subarray(4)),
};

/** The codec of rabbitmq-client. */
export const rabbitmqClient = {
  encodeFrame: rabbitmqCodec.encodeFrame,

  /** Whether it knows a method at all. */
  knows: (methodId: number): boolean => rabbitmqCodec.Cmd[methodId] !== undefined,

  /** Decodes a stream of whole frames. */
  async decodeFrames(bytes: Buffer): Promise<RabbitmqClientFrame[]> {
    let offset = 0;
    const read = async (length: number) => bytes.subarray(offset, (offset += length));
    const decoded: RabbitmqClientFrame[] = [];
    while (offset < bytes.length) decoded.push(await rabbitmqCodec.decodeFrame(read));
    return decoded;
  },
};
