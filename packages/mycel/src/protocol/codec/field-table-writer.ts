import { UnencodableError } from './amqp-error.ts';
import { Decimal, FIELD_MAX_DEPTH, type FieldTable, type FieldValue, isFieldList, TypedValue } from './field-value.ts';
import { writeDecimal, writeTyped } from './typed-value-writer.ts';
import type { WireWriter } from './wire-writer.ts';

const TAG_BOOLEAN = 0x74;
const TAG_INT32 = 0x49;
const TAG_INT64_SIGNED = 0x4c;
const TAG_INT64 = 0x6c;
const TAG_DOUBLE = 0x64;
const TAG_STRING = 0x53;
const TAG_ARRAY = 0x41;
const TAG_TIMESTAMP = 0x54;
const TAG_TABLE = 0x46;
const TAG_VOID = 0x56;
const TAG_BYTES = 0x78;

/** Symmetric, as in py-amqp: the most negative int32 already goes as 64 bits. */
const INT32_LIMIT = 2_147_483_647;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Writes a table with its length in front. `path` says in errors where the table stands.
 *
 * Integers go as `I`, beyond 32 bits as `l` when positive and `L` when negative, because py-amqp reads `l` as unsigned,
 * `s` as a short string and `b` as unsigned: no tag that any known peer reads otherwise is ever sent unasked. Other
 * numbers go as `d`.
 */
export function writeTable(writer: WireWriter, table: FieldTable, path: string): void {
  writeFields(writer, table, path, 0);
}

function writeFields(writer: WireWriter, table: FieldTable, path: string, depth: number): void {
  const lengthAt = writer.reserveUint32();
  for (const name of Object.keys(table)) {
    writer.writeShortString(name, 'a field name');
    writeValue(writer, table[name], path, name, depth);
  }
  writer.fillUint32(lengthAt, writer.length - lengthAt - 4);
}

function writeItems(writer: WireWriter, items: readonly FieldValue[], path: string, depth: number): void {
  const lengthAt = writer.reserveUint32();
  for (let index = 0; index < items.length; index++) writeValue(writer, items[index], path, index, depth);
  writer.fillUint32(lengthAt, writer.length - lengthAt - 4);
}

/** Writes a tag and its value. `key` is the name or index of the value in the container at `path`. */
function writeValue(writer: WireWriter, value: FieldValue, path: string, key: string | number, depth: number): void {
  switch (typeof value) {
    case 'string':
      writer.writeUint8(TAG_STRING);
      writer.writeLongString(value);
      return;
    case 'number':
      writeNumber(writer, value);
      return;
    case 'boolean':
      writer.writeUint8(TAG_BOOLEAN);
      writer.writeUint8(value ? 1 : 0);
      return;
    case 'bigint':
      writeBigint(writer, value, path, key);
      return;
    case 'undefined':
      writer.writeUint8(TAG_VOID);
      return;
    case 'object':
      writeObject(writer, value, path, key, depth);
      return;
    default:
      throw new UnencodableError(pathOf(path, key), `a ${typeof value} has no form in a field table`);
  }
}

function writeNumber(writer: WireWriter, value: number): void {
  if ((value | 0) === value && value !== -INT32_LIMIT - 1 && !Object.is(value, -0)) {
    writer.writeUint8(TAG_INT32);
    writer.writeUint32(value);
  } else if (Number.isSafeInteger(value) && value !== 0) {
    writer.writeUint8(value < 0 ? TAG_INT64_SIGNED : TAG_INT64);
    writer.writeBigint64(BigInt(value));
  } else {
    writer.writeUint8(TAG_DOUBLE);
    writer.writeDouble(value);
  }
}

function writeBigint(writer: WireWriter, value: bigint, path: string, key: string | number): void {
  if (value >= -INT32_LIMIT && value <= INT32_LIMIT) {
    writeNumber(writer, Number(value));
    return;
  }
  if (value < INT64_MIN || value > INT64_MAX) {
    throw new UnencodableError(pathOf(path, key), `${value} does not fit in 64 bits`);
  }
  writer.writeUint8(value < 0n ? TAG_INT64_SIGNED : TAG_INT64);
  writer.writeBigint64(value);
}

type FieldObject = Extract<FieldValue, object | null>;

function writeObject(writer: WireWriter, value: FieldObject, path: string, key: string | number, depth: number): void {
  if (value === null) {
    writer.writeUint8(TAG_VOID);
  } else if (value instanceof Uint8Array) {
    writer.writeUint8(TAG_BYTES);
    writer.writeLongBytes(value);
  } else if (value instanceof Date) {
    writeTimestamp(writer, value, path, key);
  } else if (value instanceof Decimal) {
    writeDecimal(writer, value, pathOf(path, key));
  } else if (value instanceof TypedValue) {
    writeTyped(writer, value, pathOf(path, key), (inner) => writeContainer(writer, inner, path, key, depth));
  } else {
    writeContainer(writer, value, path, key, depth);
  }
}

function writeContainer(
  writer: WireWriter,
  value: readonly FieldValue[] | FieldTable,
  path: string,
  key: string | number,
  depth: number,
): void {
  const at = pathOf(path, key);
  if (depth >= FIELD_MAX_DEPTH) {
    throw new UnencodableError(path, `it is nested deeper than ${FIELD_MAX_DEPTH} levels, or contains itself`);
  }
  if (isFieldList(value)) {
    writer.writeUint8(TAG_ARRAY);
    writeItems(writer, value, at, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    throw new UnencodableError(at, `a ${value.constructor?.name ?? 'class instance'} has no form in a field table`);
  }
  writer.writeUint8(TAG_TABLE);
  writeFields(writer, value, at, depth + 1);
}

function writeTimestamp(writer: WireWriter, value: Date, path: string, key: string | number): void {
  const seconds = Math.floor(value.getTime() / 1000);
  if (Number.isNaN(seconds)) throw new UnencodableError(pathOf(path, key), 'the date is invalid');
  writer.writeUint8(TAG_TIMESTAMP);
  writer.writeBigint64(BigInt(seconds));
}

function pathOf(path: string, key: string | number): string {
  return typeof key === 'number' ? `${path}[${key}]` : `${path}.${key}`;
}
