import { type FieldValue, protocol } from '../../protocol/codec/index.ts';
import { erlangTypeOf } from './routing/erlang-term.ts';

/** Says what is wrong with the value of an argument, in RabbitMQ's words. */
export type ArgumentCheck = (value: FieldValue) => string | undefined;

export const isInteger: ArgumentCheck = (value) =>
  Number.isInteger(value) || typeof value === 'bigint' ? undefined : `"expected integer, got ${erlangTypeOf(value)}"`;

export const isNatural: ArgumentCheck = (value) =>
  isInteger(value) ?? (Number(value) < 0 ? `{value_negative,${Number(value)}}` : undefined);

export const isPositive: ArgumentCheck = (value) =>
  isNatural(value) ?? (Number(value) === 0 ? '{value_zero,0}' : undefined);

const isText: ArgumentCheck = (value) => (typeof value === 'string' ? undefined : unacceptableType(value));

/** A name or a routing key: what has no form on the wire could never be delivered. */
export const isShortText: ArgumentCheck = (value) => {
  const isLong = typeof value === 'string' && Buffer.byteLength(value) > protocol.SHORT_STRING_MAX_BYTES;
  return isLong ? `"longer than ${protocol.SHORT_STRING_MAX_BYTES} bytes"` : isText(value);
};

export const isBoolean: ArgumentCheck = (value) => (typeof value === 'boolean' ? undefined : unacceptableType(value));

/** Makes a check that a number is not above a limit; `problem` is RabbitMQ's name for that. */
export function isAtMost(limit: number, problem: string, check: ArgumentCheck): ArgumentCheck {
  return (value) => check(value) ?? (Number(value) > limit ? `{${problem},${Number(value)}}` : undefined);
}

/** Makes a check that a text is one of some; `problem` says that it is not. */
export function isOneOf(texts: readonly string[], problem: (text: string) => string): ArgumentCheck {
  return (value) => {
    if (typeof value !== 'string') return unacceptableType(value);
    return texts.includes(value) ? undefined : problem(value);
  };
}

function unacceptableType(value: FieldValue): string {
  return `{unacceptable_type,${erlangTypeOf(value)}}`;
}
