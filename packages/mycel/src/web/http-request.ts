import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { parseJsonBody } from './json-body.ts';
import { bodyChunks, readBody } from './request-body.ts';
import { splitTarget } from './route-table.ts';

/**
 * What a client asked for. Everything is worked out when first looked at. The body can be read once as a stream, or any
 * number of times through `bytes`, `text` and `json`.
 */
export interface HttpRequest {
  readonly method: string;
  /** The whole URL, as the client wrote it: its host comes from the client and proves nothing. */
  readonly url: URL;
  /** The path as it was sent, with its percent-encoding. */
  readonly path: string;
  /** The parameters after the `?`. */
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The address of the other end of the connection: that of a proxy, if one is in front. */
  readonly remoteAddress: string | undefined;
  /** Aborts when the client disconnects, when the handler's `timeout` is over, and when a stopping service's grace period is. */
  readonly signal: AbortSignal;
  /** The body as it arrives. Throws a `HttpError` 413 once it is larger than the handler's `bodyLimit`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Node's own request, for what is not here. */
  readonly raw: IncomingMessage;
  /** Returns one header; the name in any case. */
  header(name: string): string | undefined;
  /** Parses the body. Rejects with a `HttpError` 400 that says where it is not JSON. */
  json(): Promise<unknown>;
  /** Reads the body as UTF-8. */
  text(): Promise<string>;
  bytes(): Promise<Uint8Array>;
}

/** What a request needs of its surroundings. */
export interface RequestSurroundings {
  readonly bodyLimit: number;
  readonly signal: () => AbortSignal;
  /** The body is going to be read: a client that waits for `100 Continue` gets it. */
  readonly beforeBody: () => void;
}

/** A request as it came from a socket. */
export class SocketRequest implements HttpRequest {
  readonly raw: IncomingMessage;
  readonly #surroundings: RequestSurroundings;
  #url: URL | undefined;
  #query: URLSearchParams | undefined;
  #headers: Headers | undefined;
  #bytes: Promise<Buffer> | undefined;

  constructor(raw: IncomingMessage, surroundings: RequestSurroundings) {
    this.raw = raw;
    this.#surroundings = surroundings;
  }

  get method(): string {
    return this.raw.method ?? '';
  }

  get path(): string {
    return splitTarget(this.raw.url ?? '/').path;
  }

  get url(): URL {
    this.#url ??= this.#parseUrl();
    return this.#url;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(splitTarget(this.raw.url ?? '/').query.replace(/#.*/s, ''));
    return this.#query;
  }

  get headers(): Headers {
    this.#headers ??= readHeaders(this.raw.rawHeaders);
    return this.#headers;
  }

  get remoteAddress(): string | undefined {
    return this.raw.socket.remoteAddress;
  }

  get signal(): AbortSignal {
    return this.#surroundings.signal();
  }

  get body(): AsyncIterable<Uint8Array> {
    this.#surroundings.beforeBody();
    return bodyChunks(this.raw, this.#surroundings.bodyLimit);
  }

  header(name: string): string | undefined {
    const value = this.raw.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  bytes(): Promise<Uint8Array> {
    this.#bytes ??= this.#readBody();
    return this.#bytes;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return parseJsonBody(await this.text());
  }

  #readBody(): Promise<Buffer> {
    const encoding = this.header('content-encoding');
    if (encoding !== undefined && encoding !== 'identity') {
      return Promise.reject(new HttpError(415, `the body is encoded as '${encoding}', which is not understood here`));
    }
    if (Number(this.header('content-length') ?? 0) <= this.#surroundings.bodyLimit) this.#surroundings.beforeBody();
    return readBody(this.raw, this.#surroundings.bodyLimit);
  }

  #parseUrl(): URL {
    const { path, query } = splitTarget(this.raw.url ?? '/');
    const url = `http://${this.header('host') ?? 'localhost'}${path}${query}`;
    return URL.canParse(url) ? new URL(url) : new URL(`http://localhost${path}${query}`);
  }
}

function readHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.append(raw[i] ?? '', raw[i + 1] ?? '');
  return headers;
}
