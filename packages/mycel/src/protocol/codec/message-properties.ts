import { MalformedFrameError, UnencodableError } from './amqp-error.ts';
import { readTable } from './field-table-reader.ts';
import { writeTable } from './field-table-writer.ts';
import type { FieldTable } from './field-value.ts';
import { REPLY_CODE } from './protocol.ts';
import { uint8 } from './unsigned.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** The properties of a message. All are optional, and the broker acts on few of them: see each. */
export interface MessageProperties {
  contentType?: string;
  contentEncoding?: string;
  headers?: FieldTable;
  /** 1 lives in memory, 2 survives a restart of the broker in a durable queue. */
  deliveryMode?: number;
  /** 0 to 255, for a queue declared with `x-max-priority`. */
  priority?: number;
  correlationId?: string;
  replyTo?: string;
  /** Milliseconds in a queue before it is dead-lettered, as a decimal string. */
  expiration?: string;
  messageId?: string;
  /** Seconds since 1970. Above 2^53 the nearest number. */
  timestamp?: number;
  type?: string;
  /** Checked by RabbitMQ against the user of the connection. */
  userId?: string;
  appId?: string;
  clusterId?: string;
}

const CONTENT_TYPE = 0x8000;
const CONTENT_ENCODING = 0x4000;
const HEADERS = 0x2000;
const DELIVERY_MODE = 0x1000;
const PRIORITY = 0x0800;
const CORRELATION_ID = 0x0400;
const REPLY_TO = 0x0200;
const EXPIRATION = 0x0100;
const MESSAGE_ID = 0x0080;
const TIMESTAMP = 0x0040;
const TYPE = 0x0020;
const USER_ID = 0x0010;
const APP_ID = 0x0008;
const CLUSTER_ID = 0x0004;
/** Set where the specification has no property (yet): more flags would follow. */
const UNKNOWN_FLAGS = 0x0003;

/** Writes the flags and the properties that are set. */
export function writeProperties(writer: WireWriter, properties: MessageProperties): void {
  const flags = flagsOf(properties);
  writer.writeUint16(flags);
  if (flags & CONTENT_TYPE) writer.writeShortString(properties.contentType ?? '', 'contentType');
  if (flags & CONTENT_ENCODING) writer.writeShortString(properties.contentEncoding ?? '', 'contentEncoding');
  if (flags & HEADERS) writeTable(writer, properties.headers ?? {}, 'headers');
  if (flags & DELIVERY_MODE) writer.writeUint8(uint8(properties.deliveryMode, 'deliveryMode'));
  if (flags & PRIORITY) writer.writeUint8(uint8(properties.priority, 'priority'));
  if (flags & CORRELATION_ID) writer.writeShortString(properties.correlationId ?? '', 'correlationId');
  if (flags & REPLY_TO) writer.writeShortString(properties.replyTo ?? '', 'replyTo');
  if (flags & EXPIRATION) writer.writeShortString(properties.expiration ?? '', 'expiration');
  if (flags & MESSAGE_ID) writer.writeShortString(properties.messageId ?? '', 'messageId');
  if (flags & TIMESTAMP) writeSeconds(writer, properties.timestamp);
  if (flags & TYPE) writer.writeShortString(properties.type ?? '', 'type');
  if (flags & USER_ID) writer.writeShortString(properties.userId ?? '', 'userId');
  if (flags & APP_ID) writer.writeShortString(properties.appId ?? '', 'appId');
  if (flags & CLUSTER_ID) writer.writeShortString(properties.clusterId ?? '', 'clusterId');
}

/** Reads flags and properties to the end of the header frame. */
export function readProperties(reader: WireReader): MessageProperties {
  const flags = reader.readUint16();
  if (flags & UNKNOWN_FLAGS) {
    throw new MalformedFrameError(
      REPLY_CODE.syntaxError,
      'a content header with properties that AMQP 0-9-1 does not have',
    );
  }
  const properties: MessageProperties = {};
  if (flags & CONTENT_TYPE) properties.contentType = reader.readShortString();
  if (flags & CONTENT_ENCODING) properties.contentEncoding = reader.readShortString();
  if (flags & HEADERS) properties.headers = readTable(reader);
  if (flags & DELIVERY_MODE) properties.deliveryMode = reader.readUint8();
  if (flags & PRIORITY) properties.priority = reader.readUint8();
  if (flags & CORRELATION_ID) properties.correlationId = reader.readShortString();
  if (flags & REPLY_TO) properties.replyTo = reader.readShortString();
  if (flags & EXPIRATION) properties.expiration = reader.readShortString();
  if (flags & MESSAGE_ID) properties.messageId = reader.readShortString();
  if (flags & TIMESTAMP) properties.timestamp = reader.readUint64();
  if (flags & TYPE) properties.type = reader.readShortString();
  if (flags & USER_ID) properties.userId = reader.readShortString();
  if (flags & APP_ID) properties.appId = reader.readShortString();
  if (flags & CLUSTER_ID) properties.clusterId = reader.readShortString();
  reader.expectEnd('the properties of a content header');
  return properties;
}

function flagsOf(properties: MessageProperties): number {
  return (
    (properties.contentType === undefined ? 0 : CONTENT_TYPE) |
    (properties.contentEncoding === undefined ? 0 : CONTENT_ENCODING) |
    (properties.headers === undefined ? 0 : HEADERS) |
    (properties.deliveryMode === undefined ? 0 : DELIVERY_MODE) |
    (properties.priority === undefined ? 0 : PRIORITY) |
    (properties.correlationId === undefined ? 0 : CORRELATION_ID) |
    (properties.replyTo === undefined ? 0 : REPLY_TO) |
    (properties.expiration === undefined ? 0 : EXPIRATION) |
    (properties.messageId === undefined ? 0 : MESSAGE_ID) |
    (properties.timestamp === undefined ? 0 : TIMESTAMP) |
    (properties.type === undefined ? 0 : TYPE) |
    (properties.userId === undefined ? 0 : USER_ID) |
    (properties.appId === undefined ? 0 : APP_ID) |
    (properties.clusterId === undefined ? 0 : CLUSTER_ID)
  );
}

function writeSeconds(writer: WireWriter, value: number | undefined): void {
  if (value === undefined || !Number.isInteger(value) || value < 0 || value >= 2 ** 64) {
    throw new UnencodableError('timestamp', `it must be whole seconds since 1970, not ${String(value)}`);
  }
  writer.writeUint64(value);
}
