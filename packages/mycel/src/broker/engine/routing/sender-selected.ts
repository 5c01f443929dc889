import { type FieldTable, isFieldList, type MessageProperties } from '../../../protocol/codec/index.ts';
import { PROPERTY_FLAG } from '../brokered-properties.ts';
import type { Message } from '../message.ts';
import { preconditionFailed } from '../refusals.ts';
import { erlangTypeOf } from './erlang-term.ts';

/** What has to be seen of a message to know its routing keys. */
export interface KeyedMessage {
  readonly routingKey: string;
  readonly rawProperties: Buffer;
  readonly properties: Readonly<MessageProperties>;
}

/** RabbitMQ has no limit. Here one message must not keep all others waiting while each of its keys is looked for. */
const mostKeys = 100;

/**
 * Gives the keys a message is routed by: its own, then those of its headers `CC` and `BCC` (RabbitMQ's "sender-selected
 * distribution"). Anything but text in those lists is passed over. Throws a fault (406) when such a header is no
 * list, or the keys are too many.
 */
export function routingKeysOf(message: KeyedMessage): readonly string[] {
  if (!mayHave(message, 'CC')) return [message.routingKey];
  const headers = message.properties.headers ?? {};
  const keys = [message.routingKey, ...keysIn(headers, 'CC'), ...keysIn(headers, 'BCC')];
  if (keys.length > mostKeys)
    throw preconditionFailed(`message has ${keys.length} routing keys, the most is ${mostKeys}`);
  return keys;
}

/** Gives the message as it is to be routed, queued and returned: without `BCC`, and unchanged when it had none. */
export function withoutBcc(message: Message): Message {
  const headers = mayHave(message, 'BCC') ? message.properties.headers : undefined;
  if (headers === undefined || !Object.hasOwn(headers, 'BCC')) return message;
  const { BCC: _, ...others } = headers;
  return message.with(message.exchange, message.routingKey, { ...message.properties, headers: others });
}

/** Few messages have such headers: looking for the name's bytes spares the others from being decoded. */
function mayHave({ rawProperties }: KeyedMessage, header: string): boolean {
  const hasHeaders = (((rawProperties[0] ?? 0) << 8) & PROPERTY_FLAG.headers) !== 0;
  return hasHeaders && rawProperties.includes(header);
}

function keysIn(headers: FieldTable, name: 'CC' | 'BCC'): readonly string[] {
  if (!Object.hasOwn(headers, name)) return [];
  const value = headers[name];
  if (!isFieldList(value)) {
    throw preconditionFailed(`invalid message: {unacceptable_type_in_header,"${name}",${erlangTypeOf(value)}}`);
  }
  return value.filter((key) => typeof key === 'string');
}
