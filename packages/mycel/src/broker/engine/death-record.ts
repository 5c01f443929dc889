import { type FieldTable, type FieldValue, isFieldList, typed, TypedValue } from '../../protocol/codec/index.ts';
import type { Message } from './message.ts';
import { routingKeysOf } from './routing/sender-selected.ts';

/** Why a message left its queue, as `x-death` has it. */
export type DeathReason = 'rejected' | 'expired' | 'maxlen' | 'delivery_limit';

/** Where and why a message died, and where it goes. */
export interface Death {
  readonly queue: string;
  readonly reason: DeathReason;
  readonly deadLetterExchange: string;
  readonly deadLetterRoutingKey: string | undefined;
  readonly date: Date;
}

/**
 * Makes the message that is sent on: with an entry in `x-death`, one for each queue and reason, the latest first; with
 * `x-first-death-*` if it is its first; without its expiration, and without `CC` where a routing key is given.
 */
export function withDeath(message: Message, death: Death): Message {
  const { expiration, headers = {}, ...properties } = message.properties;
  const { deadLetterExchange, deadLetterRoutingKey = message.routingKey } = death;
  const kept = withoutCc(headers, death);
  const deaths = deathsIn(headers);
  const isFirst = headers['x-death'] === undefined;
  return message.with(deadLetterExchange, deadLetterRoutingKey, {
    ...properties,
    headers: {
      ...kept,
      ...(isFirst && firstDeath(message, death)),
      'x-death': withEntry(deaths, () => entryOf(message, death, expiration), death).map(withLongCount),
    },
  });
}

/**
 * Tells whether a dead message that comes to a queue has been there before and nothing but the broker brought it back: then it
 * would go round for ever. A client's reject on the way breaks the circle.
 */
export function bearsCycleTo(message: Message, queue: string): boolean {
  const deaths = deathsIn(message.properties.headers ?? {});
  const last = deaths.findIndex((entry) => entry['queue'] === queue);
  return last >= 0 && deaths.slice(0, last + 1).every((entry) => entry['reason'] !== 'rejected');
}

function withEntry(deaths: readonly FieldTable[], newEntry: () => FieldTable, death: Death): FieldTable[] {
  const isSame = (entry: FieldTable): boolean => entry['queue'] === death.queue && entry['reason'] === death.reason;
  const known = deaths.find(isSame);
  const others = deaths.filter((entry) => !isSame(entry));
  return [known === undefined ? newEntry() : { ...known, count: countIn(known) + 1 }, ...others];
}

function entryOf(message: Message, death: Death, expiration: string | undefined): FieldTable {
  return {
    count: 1,
    reason: death.reason,
    queue: death.queue,
    time: death.date,
    exchange: message.exchange,
    'routing-keys': routingKeysOf(message),
    ...(expiration !== undefined && { 'original-expiration': expiration }),
  };
}

function firstDeath(message: Message, { queue, reason }: Death): FieldTable {
  return { 'x-first-death-exchange': message.exchange, 'x-first-death-queue': queue, 'x-first-death-reason': reason };
}

function withoutCc(headers: FieldTable, { deadLetterRoutingKey }: Death): FieldTable {
  if (deadLetterRoutingKey === undefined) return headers;
  const { CC: _, ...others } = headers;
  return others;
}

/** Anything else a client may have put there is no record of deaths. */
function deathsIn(headers: FieldTable): readonly FieldTable[] {
  const deaths = headers['x-death'];
  return isFieldList(deaths) ? deaths.filter(isTable) : [];
}

/** RabbitMQ's count is a long, and clients in typed languages read it as one. */
function withLongCount(entry: FieldTable): FieldTable {
  return { ...entry, count: typed('l', countIn(entry)) };
}

function countIn({ count }: FieldTable): number {
  const value = count instanceof TypedValue ? count.value : count;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 1;
}

function isTable(value: FieldValue): value is FieldTable {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
