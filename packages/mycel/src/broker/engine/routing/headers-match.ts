import type { FieldTable } from '../../../protocol/codec/index.ts';
import { preconditionFailed } from '../refusals.ts';
import { erlangTermOf, erlangTypeOf } from './erlang-term.ts';

const MATCH = 'x-match';

/** How the headers a binding asks for are taken together. */
const headersMatches = ['all', 'any', 'all-with-x', 'any-with-x'] as const;

export type HeadersMatch = (typeof headersMatches)[number];

/** Reads `x-match` of a binding's arguments, `all` if it is not there; undefined for anything RabbitMQ does not know. */
export function headersMatchOf(args: FieldTable): HeadersMatch | undefined {
  return Object.hasOwn(args, MATCH) ? headersMatches.find((known) => known === args[MATCH]) : 'all';
}

/** Refuses an `x-match` that RabbitMQ does not know (406). */
export function assertHeadersMatch(args: FieldTable): void {
  if (headersMatchOf(args) !== undefined) return;
  const given = args[MATCH];
  const term = erlangTermOf(given);
  if (typeof given === 'string') {
    const expected = 'all, any, all-with-x, or any-with-x';
    throw preconditionFailed(`Invalid x-match field value ${term}; expected ${expected}`);
  }
  throw preconditionFailed(`Invalid x-match field type ${erlangTypeOf(given)} (value ${term}); expected longstr`);
}
