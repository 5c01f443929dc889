import type { Parcel, Tap } from '../broker/in-process/index.ts';
import { timeoutHeader } from '../amqp/message-headers.ts';
import { decodeProperties, type FieldTable, WireWriter, writeProperties } from '../protocol/codec/index.ts';

const ownPrefix = 'mycel-';
const writer = new WireWriter();

/**
 * Makes messages pass for those of a program that is not Mycel, in both directions: without Mycel's headers, and calls
 * without a deadline.
 */
export const foreignPeer: Tap = { toBroker: withoutOwn, toClient: withoutOwn };

function withoutOwn(parcel: Parcel): Parcel {
  if (!parcel.content) return parcel;
  const { headers, expiration, ...rest } = decodeProperties(parcel.content.rawProperties);
  if (!headers) return parcel;
  const isCall = timeoutHeader in headers;
  writeProperties(writer, {
    ...rest,
    headers: foreignHeaders(headers),
    ...(expiration === undefined || isCall ? {} : { expiration }),
  });
  return { ...parcel, content: { ...parcel.content, rawProperties: writer.take() } };
}

function foreignHeaders(headers: FieldTable): FieldTable {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(ownPrefix)));
}
