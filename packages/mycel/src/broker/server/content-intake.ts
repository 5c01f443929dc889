import { type Content, ContentAssembler, decodeContentHeader, protocol } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import { AmqpFault } from '../engine/amqp-fault.ts';
import type { PartialShare } from './partial-budget.ts';

const { REPLY_CODE } = protocol;

const basicClass = 60;

/** What keeping a part of a body costs besides its bytes: else a body in frames of one byte would be nearly free. */
const partBytes = 128;

/** A message, or a part of one, may keep so many times its own bytes in memory, or so many bytes. */
const mostHeldTimes = 2;
const mostHeldBytes = 1024;

/** A message as it was published. */
export interface Published extends Content {
  readonly method: BasicPublish;
}

/**
 * Puts together what a client publishes on one channel, with RabbitMQ's words for frames out of order. A body that is too
 * large is refused by its header; what is here of one that is not complete counts against a budget.
 */
export class ContentIntake {
  readonly #maxBodyBytes: number;
  readonly #partials: PartialShare;
  readonly #assembler: ContentAssembler;
  #awaits: 'method' | 'header' | 'body' = 'method';
  #missingBytes = 0;
  #heldBytes = 0;

  constructor(maxBodyBytes: number, partials: PartialShare) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#partials = partials;
    this.#assembler = new ContentAssembler(maxBodyBytes);
  }

  /** Throws unless a method may come now. */
  expectMethod(): void {
    if (this.#awaits !== 'method') throw this.#unexpected();
  }

  begin(method: BasicPublish): void {
    this.#assembler.begin(method);
    this.#awaits = 'header';
  }

  /** Takes the payload of a header frame; gives the message if it has no body. */
  header(buffer: Buffer, start: number, end: number): Published | undefined {
    if (this.#awaits !== 'header') throw this.#unexpected();
    const header = decodeContentHeader(buffer, start, end);
    if (header.classId !== basicClass) throw this.#unexpected(`one for class ${header.classId}`);
    if (header.bodySize > this.#maxBodyBytes) {
      const sizes = `message size ${header.bodySize} is larger than configured max size ${this.#maxBodyBytes}`;
      throw new AmqpFault(REPLY_CODE.preconditionFailed, `PRECONDITION_FAILED - ${sizes}`, 'basic.publish');
    }
    this.#awaits = 'body';
    this.#missingBytes = header.bodySize;
    if (header.bodySize === 0) return this.#finish(this.#assembler.header(header));
    // Whether the body comes is the client's to decide. Memory of a pool will do: it is mostly for a moment.
    const { length, buffer: chunk } = header.rawProperties;
    const rawProperties = holdsTooMuch(chunk.byteLength, length)
      ? Buffer.from(header.rawProperties)
      : header.rawProperties;
    this.#hold(length + partBytes);
    return this.#finish(this.#assembler.header({ ...header, rawProperties }));
  }

  /** Takes the payload of a body frame; gives the message when it was the last. */
  body(part: Buffer): Published | undefined {
    if (this.#awaits !== 'body') throw this.#unexpected();
    this.#missingBytes -= part.length;
    if (this.#missingBytes > 0) this.#hold(part.length + partBytes);
    return this.#finish(this.#assembler.body(this.#missingBytes > 0 ? detachedPart(part) : part));
  }

  /** Forgets a message that will not be completed. Nothing may come after. */
  abandon(): void {
    this.#partials.give(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #hold(bytes: number): void {
    this.#partials.take(bytes);
    this.#heldBytes += bytes;
  }

  #finish(content: Content | undefined): Published | undefined {
    if (!content) return undefined;
    this.#awaits = 'method';
    this.abandon();
    // Only `begin` names the method.
    return detached(content as Published);
  }

  #unexpected(got?: string): AmqpFault {
    const code = REPLY_CODE.unexpectedFrame;
    const say = (text: string, method?: 'basic.publish') => new AmqpFault(code, `UNEXPECTED_FRAME - ${text}`, method);
    if (this.#awaits === 'method') return say('expected method frame, got non method frame instead');
    const expected = this.#awaits === 'header' ? `content header for class ${basicClass}` : 'content body';
    return say(`expected ${expected}, got ${got ?? `non content ${this.#awaits} frame`} instead`, 'basic.publish');
  }
}

/**
 * Copies a small message out of a large chunk: it may be queued for long, and would keep alive all that came with it, which the
 * broker's limit of memory knows nothing of.
 */
function detached(message: Published): Published {
  const { method, rawProperties, body } = message;
  const bytes = rawProperties.length + body.length;
  if (!holdsTooMuch(body.buffer.byteLength, bytes)) {
    if (rawProperties.buffer === body.buffer) return message;
    // The properties may stand in memory of a pool by now, which is 64 KiB from Node 24 on.
    return { method, rawProperties: detachedPart(rawProperties), body };
  }
  const copy = Buffer.allocUnsafeSlow(bytes);
  copy.set(rawProperties);
  copy.set(body, rawProperties.length);
  return { method, rawProperties: copy.subarray(0, rawProperties.length), body: copy.subarray(rawProperties.length) };
}

/** The same for a part of a message. */
function detachedPart(part: Buffer): Buffer {
  if (!holdsTooMuch(part.buffer.byteLength, part.length)) return part;
  const copy = Buffer.allocUnsafeSlow(part.length);
  copy.set(part);
  return copy;
}

function holdsTooMuch(heldBytes: number, bytes: number): boolean {
  return heldBytes > Math.max(mostHeldBytes, bytes * mostHeldTimes);
}
