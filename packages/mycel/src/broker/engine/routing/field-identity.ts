import { isUtf8 } from 'node:buffer';
import { Decimal, type FieldTable, type FieldValue, isFieldList, TypedValue } from '../../../protocol/codec/index.ts';
import { erlangTypeOf } from './erlang-term.ts';

/** A value as nested lists and texts. Made into one text at the end only: quoting quotes at each level would double them. */
type Shape = string | readonly Shape[];

/**
 * Gives a text that is the same for two values exactly when RabbitMQ 3.10 takes a header for what a binding asks for: it
 * compares values, not types, so that 5 is 5 whatever its width, as a float and as a timestamp, and bytes are text. Only
 * in arrays and tables types count, and a table's order.
 */
export function fieldIdentity(value: FieldValue): string {
  const shape = shapeOf(value);
  return typeof shape === 'string' ? shape : JSON.stringify(shape);
}

/** Gives a text that is the same for two tables of the same fields, in whatever order they stand. */
export function tableIdentity(table: FieldTable): string {
  return JSON.stringify(shapeOfFields(table, Object.keys(table).toSorted()));
}

function shapeOf(value: FieldValue): Shape {
  if (value === null || value === undefined) return 'void';
  if (typeof value === 'string') return `text ${value}`;
  if (typeof value === 'boolean') return `bool ${value}`;
  if (typeof value === 'number' || typeof value === 'bigint') return `number ${value}`;
  if (value instanceof Date) return `number ${value.getTime() / 1000}`;
  if (value instanceof TypedValue) return shapeOf(value.value);
  if (value instanceof Decimal) return `decimal ${value.scale} ${value.unscaled}`;
  if (value instanceof Uint8Array) return shapeOfBytes(value);
  if (isFieldList(value)) return value.map((item) => [erlangTypeOf(item), shapeOf(item)]);
  return shapeOfFields(value, Object.keys(value));
}

function shapeOfFields(table: FieldTable, names: readonly string[]): Shape {
  return names.map((name) => [name, erlangTypeOf(table[name]), shapeOf(table[name])]);
}

function shapeOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? `text ${buffer.toString('utf8')}` : `bytes ${buffer.toString('hex')}`;
}
