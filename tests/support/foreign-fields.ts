import {
  Decimal,
  type FieldTable,
  type FieldValue,
  type Method,
} from '../../packages/mycel/src/protocol/codec/index.ts';
import type { ForeignFields } from './foreign-codecs.ts';

const RENAMED: Readonly<Record<string, string>> = {
  noWait: 'nowait',
  failedClassId: 'classId',
  failedMethodId: 'methodId',
};

/** The fields of a method as amqplib names them and writes their values. */
export function amqplibFields(method: Method): ForeignFields {
  return renamed(method, RENAMED, (value) => (isTable(value) ? amqplibTable(value) : value));
}

/** The fields of a method as rabbitmq-client names them: long strings as text, and class and method id in one. */
export function rabbitmqClientFields(method: Method): ForeignFields {
  const fields = renamed(method, { noWait: 'nowait' }, (value) => (Buffer.isBuffer(value) ? value.toString() : value));
  const { failedClassId, failedMethodId, ...others } = fields;
  if (failedClassId === undefined) return fields;
  // Where there is one there is the other, both numbers.
  return { ...others, methodId: (failedClassId as number) * 0x1_0000 + (failedMethodId as number) };
}

/** A table as amqplib takes it, and gives it back: its own notation for dates and decimals. */
export function amqplibTable(table: FieldTable): ForeignFields {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, amqplibValue(value)]));
}

/** Those of the fields that `expected` has: reserved ones, which Mycel does not show, are left out. */
export function sameFields(fields: ForeignFields, expected: ForeignFields): ForeignFields {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, fields[name]]));
}

function renamed(
  method: Method,
  names: Readonly<Record<string, string>>,
  convert: (value: unknown) => unknown,
): ForeignFields {
  const fields = Object.entries(method).filter(([name]) => name !== 'name');
  return Object.fromEntries(fields.map(([name, value]) => [names[name] ?? name, convert(value)]));
}

function amqplibValue(value: FieldValue): unknown {
  if (value instanceof Date) return { '!': 'timestamp', value: Math.floor(value.getTime() / 1000) };
  if (value instanceof Decimal) return { '!': 'decimal', value: { places: value.scale, digits: value.unscaled } };
  if (Array.isArray(value)) return value.map(amqplibValue);
  return isTable(value) ? amqplibTable(value) : value;
}

function isTable(value: unknown): value is FieldTable {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}
