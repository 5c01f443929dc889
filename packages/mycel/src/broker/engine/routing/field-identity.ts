import { Decimal, type FieldValue, TypedValue } from '../../../protocol/codec/index.ts';

/**
 * Gives a text that is the same for two values of a field table exactly when RabbitMQ takes them for equal: of the same
 * class (numbers of every width are one) and of the same value.
 */
export function fieldIdentity(value: FieldValue): string {
  if (value === null || value === undefined) return 'void';
  switch (typeof value) {
    case 'string':
      return `text ${value}`;
    case 'number':
    case 'bigint':
      return `number ${value}`;
    case 'boolean':
      return `bool ${value}`;
    default:
      return JSON.stringify(identityOfObject(value));
  }
}

type FieldObject = Exclude<FieldValue, null | undefined | string | number | bigint | boolean>;

function identityOfObject(value: FieldObject): readonly unknown[] {
  if (value instanceof Date) return ['timestamp', String(value.getTime() / 1000)];
  if (value instanceof TypedValue) return ['timestamp', String(value.value)];
  if (value instanceof Decimal) return ['decimal', value.scale, value.unscaled];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('latin1')];
  if (isList(value)) return ['array', value.map(fieldIdentity)];
  return ['table', Object.entries(value).map(([name, field]) => [name, fieldIdentity(field)])];
}

function isList(value: FieldObject): value is readonly FieldValue[] {
  return Array.isArray(value);
}
