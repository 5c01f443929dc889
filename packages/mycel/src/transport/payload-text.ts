import { isUtf8 } from 'node:buffer';
import * as zlib from 'node:zlib';
import { messageOf } from '../foundation/errors.ts';
import { maxInflatedBytes } from './payload-limits.ts';
import { UndecodableError } from './transport-errors.ts';

/** How a message says that its body is to be read. */
export interface BodyForm {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** kombu's header `compression`. */
  readonly compression?: string | undefined;
}

const jsonTexts: ReadonlySet<string> = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii']);
/** Some senders call any body binary; JSON is UTF-8 nevertheless. */
const encodings: ReadonlySet<string> = new Set([...jsonTexts, 'binary']);

/** Gives the body's JSON text: checks what the message says of it, expands it, decodes it. Throws `UndecodableError`. */
export function readJsonText(body: Uint8Array, { contentType, contentEncoding, compression }: BodyForm): string {
  if (contentType !== undefined && contentType !== 'application/json') checkContentType(contentType);
  if (contentEncoding !== undefined && contentEncoding !== 'utf-8') checkEncoding(contentEncoding);
  return utf8Text(compression === undefined || compression === '' ? body : expand(body, compression));
}

function checkContentType(contentType: string): void {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (type !== '' && type !== 'application/json') {
    throw new UndecodableError(
      `a body of content type ${quote(contentType)} cannot be read; accepted are application/json and none at all: is the sender's serializer json?`,
    );
  }
  if (!jsonTexts.has(charset?.replaceAll('"', '') ?? '')) {
    throw new UndecodableError(`a body of content type ${quote(contentType)} cannot be read; accepted is utf-8 only`);
  }
}

function checkEncoding(contentEncoding: string): void {
  if (encodings.has(contentEncoding.toLowerCase())) return;
  throw new UndecodableError(
    `a body of content encoding ${quote(contentEncoding)} cannot be read; accepted are utf-8, us-ascii, binary and none at all`,
  );
}

function utf8Text(body: Uint8Array): string {
  const buffer = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = buffer.toString();
  // What is no UTF-8 becomes this character, which may also stand in the body itself.
  if (!text.includes('\uFFFD') || isUtf8(body)) return text;
  throw new UndecodableError(
    'the body is not valid UTF-8, which JSON is written in; is it compressed, or another format?',
  );
}

type Expand = (body: Uint8Array, options: { maxOutputLength: number }) => Buffer;

/** kombu's names first. Its gzip is zlib's format; unzip reads both. */
const expanders: ReadonlyMap<string, Expand | undefined> = new Map<string, Expand | undefined>([
  ['application/x-gzip', zlib.unzipSync],
  ['application/gzip', zlib.unzipSync],
  ['gzip', zlib.unzipSync],
  ['zlib', zlib.unzipSync],
  ['application/x-brotli', zlib.brotliDecompressSync],
  ['brotli', zlib.brotliDecompressSync],
  ['application/zstd', zstdExpander()],
  ['zstd', zstdExpander()],
]);

/** From Node 22.15 on. */
function zstdExpander(): Expand | undefined {
  // Older Nodes, whose types we compile against, lack it.
  return (zlib as { zstdDecompressSync?: Expand }).zstdDecompressSync;
}

function expand(body: Uint8Array, compression: string): Uint8Array {
  const expander = expanders.get(compression.toLowerCase());
  if (expander === undefined) {
    throw new UndecodableError(
      `a body compressed as ${quote(compression)} cannot be read; accepted are gzip, zlib, brotli, and from Node 22.15 on zstd`,
    );
  }
  try {
    return expander(body, { maxOutputLength: maxInflatedBytes });
  } catch (error) {
    throw new UndecodableError(`the body cannot be expanded as ${quote(compression)}: ${whyNotExpanded(error)}`, {
      cause: error,
    });
  }
}

function whyNotExpanded(error: unknown): string {
  const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
  return isTooLarge ? `it is larger than ${maxInflatedBytes / 1024 / 1024} MiB` : messageOf(error);
}

/** Others wrote it: on one line, and not at any length. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}
