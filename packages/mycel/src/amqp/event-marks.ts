import type { Delivery, FieldTable, FieldValue, MessageProperties } from '../protocol/client/index.ts';
import { isBrokerHeader, returnsHeader } from './message-headers.ts';

/** A message that came from a broker, as far as its content and its route go. */
export type ArrivedMessage = Pick<Delivery, 'exchange' | 'routingKey' | 'redelivered' | 'properties' | 'body'>;

/** What Mycel's headers tell of the way that an event has gone since its sender published it. */
export interface EventMarks {
  /** Where its sender published it. */
  readonly exchange: string;
  readonly routingKey: string;
  /** How often its handler has failed on it. */
  readonly failures: number;
  /** When it failed first, in milliseconds since 1970. */
  readonly firstFailedAt: number | undefined;
  /** How often it came back unsettled from a queue that does not count that. */
  readonly returns: number;
  /** The dead letter that it was, if it was put back by hand. */
  readonly replayOf: string | undefined;
  readonly replays: number;
  /** A replay that was cut off may have put it back already. */
  readonly maybeTwice: boolean;
}

/** Why a message is a dead letter: a table, see `dead-letter-record.ts`. */
export const deadLetterHeader = 'mycel-dead-letter';

const names = {
  exchange: 'mycel-exchange',
  routingKey: 'mycel-routing-key',
  failures: 'mycel-failures',
  firstFailedAt: 'mycel-first-failed-at',
  returns: returnsHeader,
  replayOf: 'mycel-replay-of',
  replays: 'mycel-replays',
  maybeTwice: 'mycel-maybe-twice',
} as const satisfies Record<keyof EventMarks, string>;

/** Reads the marks of a message. One that was never copied has none, and was published where it came from. */
export function readMarks({ exchange, routingKey, properties: { headers } }: ArrivedMessage): EventMarks {
  return {
    exchange: textIn(headers, names.exchange) ?? exchange,
    routingKey: textIn(headers, names.routingKey) ?? routingKey,
    failures: countIn(headers, names.failures) ?? 0,
    firstFailedAt: countIn(headers, names.firstFailedAt),
    returns: countIn(headers, names.returns) ?? 0,
    replayOf: textIn(headers, names.replayOf),
    replays: countIn(headers, names.replays) ?? 0,
    maybeTwice: headers?.[names.maybeTwice] === true,
  };
}

/**
 * Gives the properties of a copy that goes on under these marks, to one queue and to last there: without an expiration, a user whose
 * connection this need not be, and the headers by which brokers route and count.
 */
export function copyProperties(properties: MessageProperties, marks: EventMarks): MessageProperties {
  const { expiration: _expiration, userId: _user, headers, ...kept } = properties;
  return { ...kept, deliveryMode: 2, headers: { ...withoutTraces(headers), ...headersOf(marks) } };
}

/** Gives the properties of a copy that may be there already: nobody knows whether the broker had it. */
export function withDoubt(properties: MessageProperties): MessageProperties {
  return { ...properties, headers: { ...properties.headers, [names.maybeTwice]: true } };
}

/** Tells whether a message is a copy that Mycel made: only those have marks. */
export function isCopy({ headers }: MessageProperties): boolean {
  return headers?.[names.exchange] !== undefined;
}

/** Reads a header that holds a natural number. */
export function countIn(headers: FieldTable | undefined, name: string): number | undefined {
  const value = headers?.[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Reads a header that holds a text. */
export function textIn(headers: FieldTable | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** What is zero, unknown or false is not written. */
function headersOf(marks: EventMarks): FieldTable {
  const written: Record<string, FieldValue> = {};
  written[names.exchange] = marks.exchange;
  written[names.routingKey] = marks.routingKey;
  if (marks.failures > 0) written[names.failures] = marks.failures;
  if (marks.firstFailedAt !== undefined) written[names.firstFailedAt] = marks.firstFailedAt;
  if (marks.returns > 0) written[names.returns] = marks.returns;
  if (marks.replayOf !== undefined) written[names.replayOf] = marks.replayOf;
  if (marks.replays > 0) written[names.replays] = marks.replays;
  if (marks.maybeTwice) written[names.maybeTwice] = true;
  return written;
}

function withoutTraces(headers: FieldTable | undefined): FieldTable {
  const kept: FieldTable = {};
  for (const name in headers) if (!isTrace(name)) kept[name] = headers[name];
  return kept;
}

const ownNames: ReadonlySet<string> = new Set([...Object.values(names), deadLetterHeader]);

function isTrace(name: string): boolean {
  return ownNames.has(name) || isBrokerHeader(name);
}
