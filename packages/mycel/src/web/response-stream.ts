import type { ServerResponse } from 'node:http';
import type { ResponseHeaders, StreamedBody } from './response-payload.ts';
import { ResponseError } from './web-errors.ts';

const interrupted = Symbol('interrupted');

/**
 * Sends a body while it comes into being, at the client's pace. The iteration is ended when the client goes or `signal`
 * aborts. Rejects with what the iteration throws; if the headers are out by then, the connection is cut, so that the
 * client does not take a part for the whole.
 */
export async function sendStream(
  response: ServerResponse,
  status: number,
  headers: ResponseHeaders,
  body: StreamedBody,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stream = new ResponseStream(response, body);
  const writeHead = (): void => {
    // Node's type asks for arrays it could change; it does not change them.
    if (!response.headersSent) response.writeHead(status, headers as Record<string, string | string[]>).flushHeaders();
  };
  response.once('close', stream.interrupt);
  signal?.addEventListener('abort', stream.interrupt, { once: true });
  // A body that is not there at once must not hold back the headers.
  const early = setImmediate(writeHead);
  try {
    await stream.run(writeHead);
  } finally {
    clearImmediate(early);
    response.off('close', stream.interrupt);
    signal?.removeEventListener('abort', stream.interrupt);
  }
}

class ResponseStream {
  readonly #response: ServerResponse;
  readonly #chunks: AsyncIterator<string | Uint8Array>;
  #isInterrupted = false;
  #wake: ((reason: typeof interrupted) => void) | undefined;

  constructor(response: ServerResponse, body: StreamedBody) {
    this.#response = response;
    this.#chunks = body[Symbol.asyncIterator]();
  }

  readonly interrupt = (): void => {
    this.#isInterrupted = true;
    this.#wake?.(interrupted);
  };

  async run(writeHead: () => void): Promise<void> {
    try {
      for (;;) {
        const next = await this.#unlessInterrupted(this.#chunks.next());
        if (next === interrupted) return this.#giveUp();
        writeHead();
        if (next.done) break;
        if (!this.#write(next.value) && (await this.#unlessInterrupted(this.#drained())) === interrupted) {
          return this.#giveUp();
        }
      }
      this.#response.end();
    } catch (error) {
      if (this.#response.headersSent) this.#giveUp();
      throw error;
    }
  }

  #write(chunk: unknown): boolean {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) return this.#response.write(chunk);
    throw new ResponseError(
      `a streamed body consists of text and bytes, and this one has a chunk of type ${typeof chunk}`,
    );
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.#response.once('drain', resolve));
  }

  /** Ends the iteration without waiting for it: a generator that hangs must not hold the worker. */
  #giveUp(): void {
    this.#response.destroy();
    this.#chunks.return?.()?.then(undefined, () => {}); // nobody is left to be told
  }

  #unlessInterrupted<T>(work: Promise<T>): Promise<T | typeof interrupted> {
    if (this.#isInterrupted) return Promise.resolve(interrupted);
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      work.then(resolve, reject);
    });
  }
}
