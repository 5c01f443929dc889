import type { FieldTable, MessageProperties } from '../protocol/client/index.ts';
import type { PayloadSource } from '../transport/payload.ts';
import { UnserialisableError } from '../transport/transport-errors.ts';
import type { WireContext } from '../transport/wire-context.ts';

/** Milliseconds the caller still waits, at the moment of sending. Its presence tells a Mycel caller. */
export const timeoutHeader = 'mycel-timeout';
/** Where in the body are values that JSON flattens; see `transport/payload.ts`. */
export const richHeader = 'mycel-rich';

/** How often an instance took a request and ended without settling it: on copies that are made of such a request. */
export const returnsHeader = 'mycel-returns';

/** On a reply that came the long way: calls of the method may come by the shortcut from now on. */
export const shortcutHeader = 'mycel-shortcut';

/** On a reply: the queue of calls of the service is a quorum queue. */
export const replicatedHeader = 'mycel-replicated';

const contextPrefix = 'nameko.';
const ownPrefix = 'mycel-';
const stackHeader = 'nameko.call_id_stack';
/** The encoder refuses what is nested deeper. */
const deepest = 64;

/** The headers by which brokers route, and those in which they count. */
const brokerHeaders = new Set([
  'CC', // would send copies to other queues
  'BCC',
  'x-death',
  'x-delivery-count',
  'x-acquired-count', // from RabbitMQ 4 on
]);

/**
 * Writes a context as Nameko does: each entry as `nameko.{key}`, nothing for `null` and `undefined`. `own` (a caller's
 * headers, Mycel's own) are written as they are.
 */
export function contextHeaders(context: WireContext, own?: Readonly<Record<string, unknown>>): FieldTable {
  const headers: Record<string, unknown> = {};
  for (const key in context.data) {
    const value = context.data[key];
    if (value !== null && value !== undefined) headers[contextPrefix + key] = value;
  }
  if (context.callIdStack.length) headers[stackHeader] = context.callIdStack;
  if (own) Object.assign(headers, own);
  refuseNonFinite(headers, 'headers', 0);
  // What else cannot stand in a table is refused by the encoder, by name.
  return headers as FieldTable;
}

/** What a header can be, for messages. */
export const headerValues = 'numbers, strings, booleans, null, arrays, objects, bytes, all of them less than a frame';

/** AMQP has NaN and infinities, but RabbitMQ closes the connection on them (541), with all that is under way there. */
function refuseNonFinite(table: object, path: string, depth: number): void {
  for (const key in table) {
    // Any object can be read by any key; TypeScript's `object` has no index signature.
    const value = (table as Record<string, unknown>)[key];
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new UnserialisableError(`${path}.${key}`, `it is ${value}`, headerValues);
    } else if (typeof value === 'object' && value !== null && key !== stackHeader && depth < deepest) {
      if (!ArrayBuffer.isView(value)) refuseNonFinite(value, `${path}.${key}`, depth + 1);
    }
  }
}

/**
 * Reads the context out of a message's headers, as Nameko does: the prefix `nameko.` is stripped, headers of others
 * travel along. Left out are Mycel's own (and the copies of them that Nameko sends on) and the broker's.
 * A `call_id_stack` that is no list of strings counts as none.
 */
export function readContext(headers: FieldTable | undefined): WireContext {
  const data: Record<string, unknown> = {};
  let callIdStack: readonly string[] = [];
  for (const name in headers) {
    if (name === stackHeader) {
      callIdStack = strings(headers[name]);
      continue;
    }
    const key = name.startsWith(contextPrefix) ? name.slice(contextPrefix.length) : name;
    if (key.startsWith(ownPrefix) || key === '__proto__' || isTransportHeader(key)) continue;
    data[key] = headers[name];
  }
  return { callIdStack, data };
}

/** Hands a message to the decoder of payloads, with what its properties say of the body. */
export function payloadSource(
  { contentType, contentEncoding, headers }: MessageProperties,
  body: Uint8Array,
): PayloadSource {
  const compression = headers?.['compression'];
  return {
    body,
    contentType,
    contentEncoding,
    compression: typeof compression === 'string' ? compression : undefined,
    rich: headers?.[richHeader],
  };
}

/** Tells whether brokers route by a header, or count in it. */
export function isBrokerHeader(name: string): boolean {
  return brokerHeaders.has(name) || name.startsWith('x-first-death-') || name.startsWith('x-last-death-');
}

/** What the broker and kombu add for themselves: no part of anyone's context. */
function isTransportHeader(key: string): boolean {
  return key === 'compression' || key === 'x-received-from' || isBrokerHeader(key);
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : [];
}
