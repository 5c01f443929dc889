import type { MessageProperties } from '../protocol/client/index.ts';
import { messageOf } from '../foundation/errors.ts';
import { decodePayload, encodePayload, type EncodedPayload } from '../transport/payload.ts';
import type { CallReply } from '../transport/rpc-transport.ts';
import { UndecodableError } from '../transport/transport-errors.ts';
import { payloadSource } from './message-headers.ts';
import { fromErrorBody } from './wire-error-body.ts';

/** Python peers look for the key `result`, which `undefined` would lose; ours get `undefined` back. */
const nothing: EncodedPayload = { body: '{"result":null,"error":null}', rich: '[["undefined","result"]]' };

/** Writes the reply of a call that returned `value`. Throws `UnserialisableError` naming the path, below `call`. */
export function writeResult(value: unknown, call: string): EncodedPayload {
  const encoded = encodePayload({ result: value, error: null }, call);
  // A `toJSON` may say undefined too.
  return encoded.body.startsWith('{"result":') ? encoded : nothing;
}

/** Reads the reply to `call` (`service.method`). Throws `UndecodableError` for what is none. */
export function readReply(properties: MessageProperties, body: Uint8Array, call: string): CallReply {
  const reply = decode(properties, body, call);
  if (typeof reply === 'object' && reply !== null) {
    const { result, error } = reply as { result?: unknown; error?: unknown };
    if (error) return { ok: false, error: fromErrorBody(error) };
    if ('result' in reply) return { ok: true, value: result };
  }
  throw new UndecodableError(`the reply of ${call} has neither 'result' nor 'error': does another program answer it?`);
}

function decode(properties: MessageProperties, body: Uint8Array, call: string): unknown {
  try {
    return decodePayload(payloadSource(properties, body));
  } catch (error) {
    throw new UndecodableError(`the reply of ${call} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
