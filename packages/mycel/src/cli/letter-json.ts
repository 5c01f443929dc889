import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '../transport/dead-letter.ts';
import { encodePayload } from '../transport/payload.ts';

/** A dead letter as plain JSON. The payload is there if it can be read; else the body, as `text` or in `base64`. */
export function letterAsJson({ body, payload: _payload, ...letter }: DeadLetter): Readonly<Record<string, unknown>> {
  return { ...letter, ...contentOf({ body, payload: _payload }) };
}

function contentOf({ body, payload }: Pick<DeadLetter, 'body' | 'payload'>): Readonly<Record<string, unknown>> {
  const readable = plainPayload(payload);
  if (readable) return { payload: readable.value };
  return isUtf8(body) ? { text: Buffer.from(body).toString() } : { base64: Buffer.from(body).toString('base64') };
}

/** The payload as JSON can hold it; `undefined` if there is none. */
export function plainPayload(payload: unknown): { readonly value: unknown } | undefined {
  if (payload === undefined) return undefined;
  try {
    return { value: JSON.parse(encodePayload(payload, 'payload').body) as unknown };
  } catch {
    return undefined; // What arrived can be sent again, but it need not fit JSON.
  }
}
