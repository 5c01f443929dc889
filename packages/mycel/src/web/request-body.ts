import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

/** Reads a request's body chunk by chunk. Throws a `HttpError` 413 as soon as it is known to be larger than `limit` bytes. */
export async function* bodyChunks(raw: IncomingMessage, limit: number): AsyncGenerator<Buffer, void> {
  checkLength(raw, limit);
  let size = 0;
  // The connection outlives the loop: what is left of a refused body is settled with the response.
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    const bytes = chunk as Buffer; // no encoding is set on the stream
    size += bytes.length;
    if (size > limit) throw tooLarge(limit);
    yield bytes;
  }
}

/** Reads a whole body. */
export async function readBody(raw: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyChunks(raw, limit)) chunks.push(chunk);
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}

/** Tells whether a request has a body that has not arrived in full. */
export function hasUnreadBody(raw: IncomingMessage): boolean {
  if (raw.complete) return false;
  return raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > 0;
}

function checkLength(raw: IncomingMessage, limit: number): void {
  if (Number(raw.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, `the body is larger than ${limit} bytes`, { details: { limit } });
}
