import { Decimal, type FieldValue, TypedValue } from '../../../protocol/codec/index.ts';

/**
 * Names the type of a field's value as RabbitMQ's errors do. Numbers have lost the width they came with: whole ones are
 * called by the width that most clients send them with.
 */
export function erlangTypeOf(value: FieldValue): string {
  if (value === null || value === undefined) return 'void';
  switch (typeof value) {
    case 'string':
      return 'longstr';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'long';
    case 'number':
      if (!Number.isInteger(value)) return 'double';
      return value === Math.trunc(value) && Math.abs(value) < 2 ** 31 ? 'signedint' : 'long';
    default:
      return typeOfObject(value);
  }
}

/** Writes a field's value as RabbitMQ's errors show it: `<<"text">>`, `3`, `[{longstr,<<"a">>}]`. */
export function erlangTermOf(value: FieldValue): string {
  if (value === null || value === undefined) return 'undefined';
  if (typeof value === 'string') return `<<${JSON.stringify(value)}>>`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return String(value.getTime() / 1000);
  if (value instanceof TypedValue) return erlangTermOf(value.value);
  if (value instanceof Decimal) return `{${value.scale},${value.unscaled}}`;
  if (value instanceof Uint8Array) return `<<${[...value].join(',')}>>`;
  if (isList(value)) return `[${value.map((item) => `{${erlangTypeOf(item)},${erlangTermOf(item)}}`).join(',')}]`;
  const fields = Object.entries(value);
  return `[${fields.map(([name, field]) => `{<<${JSON.stringify(name)}>>,${erlangTypeOf(field)},${erlangTermOf(field)}}`).join(',')}]`;
}

type FieldObject = Exclude<FieldValue, null | undefined | string | number | bigint | boolean>;

function typeOfObject(value: FieldObject): string {
  if (value instanceof Date || value instanceof TypedValue) return 'timestamp';
  if (value instanceof Decimal) return 'decimal';
  if (value instanceof Uint8Array) return 'binary';
  return isList(value) ? 'array' : 'table';
}

function isList(value: FieldObject): value is readonly FieldValue[] {
  return Array.isArray(value);
}
