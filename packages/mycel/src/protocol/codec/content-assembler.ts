import { MalformedFrameError } from './amqp-error.ts';
import type { ContentHeader } from './frame-decoder.ts';
import type { ContentMethod } from './frame-encoder.ts';
import type { Method } from './methods/method.ts';
import { REPLY_CODE } from './protocol.ts';

/** A method with its content, complete. */
export interface Content {
  readonly method: ContentMethod;
  /** See {@link ContentHeader.rawProperties}. */
  readonly rawProperties: Buffer;
  /** In place when it came in one frame, joined otherwise. */
  readonly body: Buffer;
}

const NO_BODY = Buffer.alloc(0);

/** Tells whether a header and a body follow a method. */
export function carriesContent(method: Method): method is ContentMethod {
  const name = method.name;
  return name === 'basic.deliver' || name === 'basic.publish' || name === 'basic.return' || name === 'basic.get-ok';
}

/**
 * Puts the method, header and body frames of one channel together again.
 *
 * Idle until `begin`; then it awaits the header, then as many body bytes as the header announced, then is idle again.
 * Frames of a channel come strictly in this order: anything else is a `MalformedFrameError` (505).
 */
export class ContentAssembler {
  readonly #maxBodySize: number;
  #method: ContentMethod | undefined;
  #header: ContentHeader | undefined;
  #parts: Buffer[] = [];
  #missing = 0;

  /** A larger body than `maxBodySize` bytes is refused by its header, before any of it is kept. */
  constructor(maxBodySize: number) {
    this.#maxBodySize = maxBodySize;
  }

  /** Whether a header or a body must come before the next method. */
  get isBusy(): boolean {
    return this.#method !== undefined;
  }

  /** Awaits the content of a method. */
  begin(method: ContentMethod): void {
    if (this.#method) throw unexpected(`${method.name} before the content of ${this.#method.name} was complete`);
    this.#method = method;
  }

  /** Takes the header; gives the content if it has no body. */
  header(header: ContentHeader): Content | undefined {
    if (!this.#method || this.#header) throw unexpected('a content header that no method announced');
    if (header.bodySize > this.#maxBodySize) {
      const problem = `a body of ${header.bodySize} bytes, the most is ${this.#maxBodySize}`;
      throw new MalformedFrameError(REPLY_CODE.contentTooLarge, problem);
    }
    this.#header = header;
    this.#missing = header.bodySize;
    return this.#missing === 0 ? this.#complete(NO_BODY) : undefined;
  }

  /** Takes a part of the body; gives the content when it was the last. */
  body(part: Buffer): Content | undefined {
    if (!this.#header) throw unexpected('a content body without its header');
    if (part.length > this.#missing) throw unexpected(`${part.length} body bytes where ${this.#missing} were due`);
    this.#missing -= part.length;
    if (this.#missing === 0 && this.#parts.length === 0) return this.#complete(part);
    if (part.length > 0) this.#parts.push(part);
    return this.#missing === 0 ? this.#complete(Buffer.concat(this.#parts)) : undefined;
  }

  #complete(body: Buffer): Content {
    // Only called between a header and idleness, when both are set.
    const method = this.#method as ContentMethod;
    const { rawProperties } = this.#header as ContentHeader;
    this.#method = undefined;
    this.#header = undefined;
    this.#parts = [];
    return { method, rawProperties, body };
  }
}

function unexpected(problem: string): MalformedFrameError {
  return new MalformedFrameError(REPLY_CODE.unexpectedFrame, problem);
}
