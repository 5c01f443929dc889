import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { errorPayload } from './error-payload.ts';
import { hasUnreadBody } from './request-body.ts';
import type { ResponsePayload } from './response-payload.ts';
import { sendStream } from './response-stream.ts';

/** An unread body of at most this many bytes is read to its end, to keep the connection; for more, it is closed. */
const drainedBytes = 65_536;
/** How long a connection with an unread body stays open after the response, so that the client gets to read it. */
const lingerMs = 1000;

/** What every exchange of a server shares. */
export interface ExchangeServer {
  readonly isStopping: boolean;
}

/** One request and its response. At most one response is sent; later ones are dropped. */
export class HttpExchange {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  readonly #server: ExchangeServer;
  #awaitsContinue: boolean;

  constructor(raw: IncomingMessage, response: ServerResponse, server: ExchangeServer, awaitsContinue: boolean) {
    this.raw = raw;
    this.response = response;
    this.#server = server;
    this.#awaitsContinue = awaitsContinue;
  }

  /** No response can be sent any more: there was one, or the client has gone. */
  get isOver(): boolean {
    return this.response.headersSent || this.response.destroyed || this.response.writableEnded;
  }

  /** Tells a client that waits for it to go on and send the body. */
  allowBody(): void {
    if (!this.#awaitsContinue || this.isOver) return;
    this.#awaitsContinue = false;
    this.response.writeContinue();
  }

  /**
   * Sends the response. A streamed body is awaited, and given up when the client goes or `signal` aborts; rejects with
   * what went wrong in it, after having cut the connection if it was too late to say so otherwise.
   */
  send(payload: ResponsePayload, signal?: () => AbortSignal): Promise<void> | undefined {
    const { body } = payload;
    if (this.isOver) return undefined;
    const hasNoBody = this.raw.method === 'HEAD' || payload.status === 204 || payload.status === 304;
    const closes = this.#mustClose();
    if (closes || this.#server.isStopping) this.response.shouldKeepAlive = false;
    if (typeof body === 'object' && !(body instanceof Uint8Array)) {
      if (!hasNoBody) return sendStream(this.response, payload.status, payload.headers, body, signal?.());
      this.response.writeHead(payload.status, outgoing(payload, undefined));
      this.response.end();
      return body[Symbol.asyncIterator]()
        .return?.()
        .then(() => undefined);
    }
    this.response.writeHead(payload.status, outgoing(payload, lengthOf(payload)));
    if (!closes) this.response.end(hasNoBody ? undefined : body);
    else this.#endLingering(hasNoBody ? undefined : body);
    return undefined;
  }

  /** Sends an error that no handler answers for. */
  sendError(error: unknown): void {
    void this.send(errorPayload(error, { expected: [] }));
  }

  /** Closes the connection if a response is under way that nobody will end. */
  cutIfUnfinished(): void {
    if (!this.response.writableEnded) this.response.destroy();
  }

  /** True if the connection cannot be used again, because nobody will read the rest of this request. */
  #mustClose(): boolean {
    // A connection whose client was not told to go on is closed by Node itself, and nothing more comes over it.
    if (this.#awaitsContinue || !hasUnreadBody(this.raw)) return false;
    const length = this.raw.headers['content-length'];
    return length === undefined || Number(length) > drainedBytes;
  }

  /** Ends only after the client had time to read: a connection closed on unread bytes is reset, response and all. */
  #endLingering(body: string | Uint8Array | undefined): void {
    const { raw, response } = this;
    if (body === undefined) response.flushHeaders();
    else response.write(body);
    const socket: Socket = raw.socket;
    const end = (): void => {
      clearTimeout(timer);
      raw.off('end', end);
      socket.off('close', end);
      response.end();
    };
    const timer = setTimeout(end, lingerMs);
    raw.on('end', end);
    socket.on('close', end);
    raw.resume();
  }
}

function lengthOf({ body, status }: ResponsePayload): number | undefined {
  if (body === undefined) return status === 204 || status === 304 ? undefined : 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : (body as Uint8Array).length; // streams have no length
}

function outgoing(
  { headers }: ResponsePayload,
  length: number | undefined,
): Record<string, string | number | string[]> {
  // Node's type asks for arrays it could change; it does not change them.
  const all = headers as Record<string, string | number | string[]>;
  return length === undefined ? all : { ...all, 'content-length': length };
}
