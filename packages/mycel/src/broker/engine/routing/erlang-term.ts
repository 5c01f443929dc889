import { Decimal, type FieldValue, isFieldList, TypedValue } from '../../../protocol/codec/index.ts';

/**
 * Names the type of a field's value as RabbitMQ's errors do. A decoded number has lost the width it came with: whole ones
 * are called by the width that most clients send them with.
 */
export function erlangTypeOf(value: FieldValue): string {
  if (value === null || value === undefined) return 'void';
  if (typeof value === 'string') return 'longstr';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'long';
  if (typeof value === 'number') return typeOfNumber(value);
  if (value instanceof Date || value instanceof TypedValue) return 'timestamp';
  if (value instanceof Decimal) return 'decimal';
  if (value instanceof Uint8Array) return 'binary';
  return isFieldList(value) ? 'array' : 'table';
}

/** Writes a field's value as RabbitMQ's errors show it: `<<"text">>`, `3`, `[{longstr,<<"a">>}]`. */
export function erlangTermOf(value: FieldValue): string {
  if (value === null || value === undefined) return 'undefined';
  if (typeof value === 'string') return binaryTerm(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return String(value.getTime() / 1000);
  if (value instanceof TypedValue) return erlangTermOf(value.value);
  if (value instanceof Decimal) return `{${value.scale},${value.unscaled}}`;
  if (value instanceof Uint8Array) return binaryTerm(value);
  const items = isFieldList(value)
    ? value.map((item) => [erlangTypeOf(item), erlangTermOf(item)])
    : Object.entries(value).map(([name, field]) => [binaryTerm(name), erlangTypeOf(field), erlangTermOf(field)]);
  return `[${items.map((item) => `{${item.join(',')}}`).join(',')}]`;
}

function typeOfNumber(value: number): string {
  if (!Number.isInteger(value)) return 'double';
  return value >= -(2 ** 31) && value < 2 ** 31 ? 'signedint' : 'long';
}

/** Bytes that are all printable in Latin-1 are shown as text, which UTF-8 beyond ASCII often is not. */
function binaryTerm(value: string | Uint8Array): string {
  const bytes = Buffer.from(value);
  if (bytes.length === 0) return '<<>>';
  return bytes.every(isPrintable) ? `<<${JSON.stringify(bytes.toString('utf8'))}>>` : `<<${bytes.join(',')}>>`;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte >= 0xa0 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b;
}
