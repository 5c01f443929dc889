import type { AmqpChannel, Delivery, FieldTable } from '../protocol/client/index.ts';
import { returnsHeader, timeoutHeader } from './message-headers.ts';

/** They would lead a copy elsewhere. */
const routing = new Set(['CC', 'BCC']);

/** How often the request was taken by an instance that ended without settling it. */
export function returnsOf({ redelivered, properties: { headers } }: Delivery): number {
  const counted = headers?.[returnsHeader];
  const before = typeof counted === 'number' && counted > 0 ? counted : 0;
  return redelivered ? before + 1 : before;
}

/** Whether the request was in somebody's hands before. One that was handed back before it was started has a count of 0. */
export function wasDelivered({ redelivered, properties: { headers } }: Delivery): boolean {
  return redelivered || typeof headers?.[returnsHeader] === 'number';
}

/**
 * Puts a request to the end of its queue, as a copy that says how often it has come back, since a classic queue does not
 * count: only so is it known of a call that it ends whoever takes it. The copy goes the way of the request, so that an
 * instance in another language reads it as one; the acknowledgement goes behind it on the same channel, so the broker has
 * the one when it sees the other. How long a request has lain is not known: without `timeoutMs` the copy has the time that the
 * request was sent with.
 */
export function putBack(channel: AmqpChannel, delivery: Delivery, timeoutMs?: number): void {
  const { userId: _, headers = {}, ...properties } = delivery.properties; // a user's id may be sent by that user only
  const counted: Record<string, FieldTable[string]> = {};
  for (const name in headers) if (!routing.has(name)) counted[name] = headers[name] ?? null;
  counted[returnsHeader] = returnsOf(delivery);
  const time: { expiration?: string } = {};
  if (timeoutMs !== undefined && properties.expiration !== undefined) {
    time.expiration = String(Math.max(1, Math.ceil(timeoutMs)));
    if (timeoutHeader in counted) counted[timeoutHeader] = Number(time.expiration);
  }
  const { exchange, routingKey, body, deliveryTag } = delivery;
  channel.publish(exchange, routingKey, body, { ...properties, ...time, headers: counted }, { mandatory: true });
  channel.ack(deliveryTag);
}
