import type { FieldTable, MessageProperties } from '../protocol/client/index.ts';
import { encodePayload, type EncodedPayload } from '../transport/payload.ts';
import type { OutboundCall } from '../transport/rpc-transport.ts';
import { contextHeaders, richHeader, timeoutHeader } from './message-headers.ts';
import type { Call } from './rpc-call.ts';

/** RabbitMQ closes the channel on an `expiration` that it finds too long; any version takes 32 bits of milliseconds. */
const longestExpirationMs = 2 ** 32 - 1;

/** Encodes what a method is called with. Throws an `UnserialisableError`. */
export function encodeArguments({ args, kwargs, service, method }: OutboundCall): EncodedPayload {
  return encodePayload({ args, kwargs }, `${service}.${method}`);
}

/** Says what stands beside the arguments: who is answered, and how much time is left, which the broker heeds too. */
export function requestProperties(call: Call, replyTo: string, rich: string | undefined): MessageProperties {
  const remainingMs = Math.max(1, Math.ceil(call.remainingMs));
  return {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    deliveryMode: 1,
    priority: 0,
    correlationId: call.correlationId,
    replyTo,
    headers: requestHeaders(call.request, remainingMs, rich),
    ...(remainingMs <= longestExpirationMs ? { expiration: String(remainingMs) } : {}),
  };
}

function requestHeaders({ context, headers }: OutboundCall, remainingMs: number, rich: string | undefined): FieldTable {
  // A number even where there is no deadline: its presence tells that the caller is a Mycel program.
  const own: Record<string, unknown> = { ...headers, [timeoutHeader]: Math.min(remainingMs, Number.MAX_SAFE_INTEGER) };
  if (rich !== undefined) own[richHeader] = rich;
  return contextHeaders(context, own);
}
