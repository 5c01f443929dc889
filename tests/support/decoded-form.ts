import {
  Decimal,
  type FieldTable,
  type FieldValue,
  type Method,
  TypedValue,
} from '../../packages/mycel/src/protocol/codec/index.ts';

/** What a table is after a round trip: whole seconds, `null` for `undefined`, a number wherever a bigint is exact as one. */
export function decodedForm(table: FieldTable): FieldTable {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, decodedValue(value)]));
}

/** What a method is after a round trip. */
export function decodedMethod(method: Method): Method {
  const fields = Object.entries(method).map(([name, value]) => [name, isTable(value) ? decodedForm(value) : value]);
  // The same fields, of the same types.
  return Object.fromEntries(fields) as Method;
}

function decodedValue(value: FieldValue): FieldValue {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Date) return new Date(Math.floor(value.getTime() / 1000) * 1000);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(decodedValue);
  return isTable(value) ? decodedForm(value) : value;
}

function isTable(value: unknown): value is FieldTable {
  if (typeof value !== 'object' || value === null) return false;
  const isLeaf = value instanceof Uint8Array || value instanceof Date || Array.isArray(value);
  return !isLeaf && !(value instanceof Decimal) && !(value instanceof TypedValue);
}
