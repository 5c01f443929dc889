import { Decimal, type FieldTable, type FieldValue, isFieldList, TypedValue } from '../../protocol/codec/index.ts';

/** A field's value as JSON can have it. */
export type PlainField = null | boolean | number | string | readonly PlainField[] | PlainTable;

export interface PlainTable {
  readonly [name: string]: PlainField;
}

/** Gives a table that is JSON: times as text, bytes in base64, large numbers as text. */
export function plainTable(table: FieldTable): PlainTable {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, plainField(value)]));
}

export function plainField(value: FieldValue): PlainField {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof TypedValue) return plainField(value.value);
  if (value instanceof Decimal) return value.toNumber();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return isFieldList(value) ? value.map(plainField) : plainTable(value);
}
