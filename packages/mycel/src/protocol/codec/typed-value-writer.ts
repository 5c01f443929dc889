import { UnencodableError } from './amqp-error.ts';
import { Decimal, type FieldTable, type FieldValue, type TypedValue } from './field-value.ts';
import type { WireWriter } from './wire-writer.ts';

const TAG_DECIMAL = 0x44;

type Container = readonly FieldValue[] | FieldTable;

/** Bytes, lowest and highest value of the integer tags. */
const INTEGERS: Readonly<Record<string, readonly [bytes: 1 | 2 | 4 | 8, lowest: bigint, highest: bigint]>> = {
  b: [1, -128n, 127n],
  B: [1, 0n, 255n],
  s: [2, -32_768n, 32_767n],
  u: [2, 0n, 65_535n],
  I: [4, -(2n ** 31n), 2n ** 31n - 1n],
  i: [4, 0n, 2n ** 32n - 1n],
  l: [8, -(2n ** 63n), 2n ** 63n - 1n],
  L: [8, -(2n ** 63n), 2n ** 63n - 1n],
  T: [8, -(2n ** 63n), 2n ** 63n - 1n],
};

/** Writes a value under the tag it was given by `typed()`; refuses a value that the tag cannot hold. */
export function writeTyped(
  writer: WireWriter,
  { tag, value }: TypedValue,
  path: string,
  writeContainer: (container: Container) => void,
): void {
  const integer = INTEGERS[tag];
  if (integer) {
    const number = tag === 'T' && value instanceof Date ? Math.floor(value.getTime() / 1000) : value;
    writeInteger(writer, tag, integer, number, path);
    return;
  }
  if (tag === 'A' || tag === 'F') {
    if (!isContainer(value) || Array.isArray(value) !== (tag === 'A')) refuse(path, tag, value);
    writeContainer(value);
    return;
  }
  if (tag === 'D' && value instanceof Decimal) {
    writeDecimal(writer, value, path);
    return;
  }
  writer.writeUint8(tag.charCodeAt(0));
  if (tag === 't' && typeof value === 'boolean') writer.writeUint8(value ? 1 : 0);
  else if (tag === 'f' && typeof value === 'number') writer.writeFloat(value);
  else if (tag === 'd' && typeof value === 'number') writer.writeDouble(value);
  else if (tag === 'S' && typeof value === 'string') writer.writeLongString(value);
  else if ((tag === 'S' || tag === 'x') && value instanceof Uint8Array) writer.writeLongBytes(value);
  else if (tag !== 'V' || (value !== null && value !== undefined)) refuse(path, tag, value);
}

/** Writes a decimal under its tag, and refuses one that the tag cannot hold. */
export function writeDecimal(writer: WireWriter, { scale, unscaled }: Decimal, path: string): void {
  const fits = Number.isInteger(scale) && scale >= 0 && scale <= 255 && (unscaled | 0) === unscaled;
  if (!fits) {
    const problem = `a decimal has a scale from 0 to 255 and an int32, not ${scale} and ${unscaled}`;
    throw new UnencodableError(path, problem);
  }
  writer.writeUint8(TAG_DECIMAL);
  writer.writeUint8(scale);
  writer.writeUint32(unscaled);
}

function writeInteger(
  writer: WireWriter,
  tag: string,
  [bytes, lowest, highest]: readonly [number, bigint, bigint],
  value: FieldValue,
  path: string,
): void {
  if (typeof value !== 'bigint' && !Number.isInteger(value)) refuse(path, tag, value);
  // A bigint or an integer, by the line above.
  const integer = BigInt(value as bigint | number);
  if (integer < lowest || integer > highest) refuse(path, tag, value);
  writer.writeUint8(tag.charCodeAt(0));
  if (bytes === 8) writer.writeBigint64(integer);
  else if (bytes === 4) writer.writeUint32(Number(integer));
  else if (bytes === 2) writer.writeUint16(Number(integer));
  else writer.writeUint8(Number(integer));
}

function isContainer(value: FieldValue): value is Container {
  return typeof value === 'object' && value !== null;
}

function refuse(path: string, tag: string, value: FieldValue): never {
  const shown = typeof value === 'object' ? 'this object' : String(value);
  throw new UnencodableError(path, `${shown} does not fit the type tag '${tag}'`);
}
