import { isUtf8 } from 'node:buffer';
import { MalformedFrameError } from './amqp-error.ts';
import { Decimal, FIELD_MAX_DEPTH, type FieldTable, type FieldValue, typed } from './field-value.ts';
import { REPLY_CODE } from './protocol.ts';
import type { WireReader } from './wire-reader.ts';

/** The furthest second from 1970 that a `Date` can hold. */
const DATE_MAX_SECONDS = 8_640_000_000_000;

/**
 * Reads a table with its length in front. Every tag that RabbitMQ knows is understood; both `l` and `L` are signed 64
 * bit integers, given as a number when that is exact and as a bigint when not. Of a name that comes twice the last counts.
 */
export function readTable(reader: WireReader): FieldTable {
  return readFields(reader, 0);
}

function readFields(reader: WireReader, depth: number): FieldTable {
  const end = endOfContainer(reader, depth);
  const table: FieldTable = {};
  while (reader.offset < end) {
    const name = reader.readShortString();
    const value = readValue(reader, depth);
    if (name === '__proto__') setOwn(table, name, value);
    else table[name] = value;
  }
  expectExactly(reader, end);
  return table;
}

function readItems(reader: WireReader, depth: number): FieldValue[] {
  const end = endOfContainer(reader, depth);
  const items: FieldValue[] = [];
  while (reader.offset < end) items.push(readValue(reader, depth));
  expectExactly(reader, end);
  return items;
}

function endOfContainer(reader: WireReader, depth: number): number {
  if (depth > FIELD_MAX_DEPTH) {
    throw new MalformedFrameError(REPLY_CODE.syntaxError, `a field table nested deeper than ${FIELD_MAX_DEPTH} levels`);
  }
  const length = reader.readUint32();
  if (length > reader.remaining) {
    const problem = `a field table of ${length} bytes where the frame has ${reader.remaining} left`;
    throw new MalformedFrameError(REPLY_CODE.syntaxError, problem);
  }
  return reader.offset + length;
}

function expectExactly(reader: WireReader, end: number): void {
  if (reader.offset === end) return;
  throw new MalformedFrameError(REPLY_CODE.syntaxError, 'a field table whose last value reaches beyond its length');
}

function readValue(reader: WireReader, depth: number): FieldValue {
  const tag = reader.readUint8();
  switch (String.fromCharCode(tag)) {
    case 'S':
      return readText(reader);
    case 'I':
      return reader.readInt32();
    case 't':
      return reader.readUint8() !== 0;
    case 'l':
    case 'L':
      return exactInteger(reader.readBigint64());
    case 'd':
      return reader.readDouble();
    case 'F':
      return readFields(reader, depth + 1);
    case 'A':
      return readItems(reader, depth + 1);
    case 'V':
      return null;
    case 'T':
      return readTimestamp(reader);
    case 'x':
      return Buffer.from(reader.readLongBytes());
    default:
      return readRareValue(reader, tag);
  }
}

function readRareValue(reader: WireReader, tag: number): FieldValue {
  switch (String.fromCharCode(tag)) {
    case 'b':
      return reader.readInt8();
    case 'B':
      return reader.readUint8();
    case 's':
      return reader.readInt16();
    case 'u':
      return reader.readUint16();
    case 'i':
      return reader.readUint32();
    case 'f':
      return reader.readFloat();
    case 'D': {
      const scale = reader.readUint8();
      return new Decimal(scale, reader.readInt32());
    }
    default: {
      const problem = `unknown type tag 0x${tag.toString(16).padStart(2, '0')} in a field table`;
      throw new MalformedFrameError(REPLY_CODE.syntaxError, problem);
    }
  }
}

/** Text that is no UTF-8 is given as the bytes it is: replacing characters would lose them silently. */
function readText(reader: WireReader): string | Buffer {
  const bytes = reader.readLongBytes();
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') && !isUtf8(bytes) ? Buffer.from(bytes) : text;
}

function readTimestamp(reader: WireReader): FieldValue {
  const seconds = exactInteger(reader.readBigint64());
  const fits = typeof seconds === 'number' && Math.abs(seconds) <= DATE_MAX_SECONDS;
  return fits ? new Date(seconds * 1000) : typed('T', seconds);
}

function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A plain assignment to `__proto__` would change the table's prototype instead. */
function setOwn(table: FieldTable, name: string, value: FieldValue): void {
  Object.defineProperty(table, name, { value, enumerable: true, configurable: true, writable: true });
}
