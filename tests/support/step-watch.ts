import {
  carriesContent,
  decodeContentHeader,
  decodeMethod,
  FrameParser,
  type Method,
  protocol,
} from '../../packages/mycel/src/protocol/codec/index.ts';

/** A protocol step in a stream of bytes: a method, with its content if it carries any. */
export interface StreamStep {
  readonly method: Method['name'];
  /** Where it begins and ends, in bytes since the stream began. */
  readonly startsAt: number;
  readonly endsAt: number;
}

/** What a client says before its first frame. */
const greetingBytes = 8;

/** Finds the protocol steps in the bytes of one direction of an AMQP connection. */
export class StepWatch {
  readonly #onStep: (step: StreamStep) => void;
  readonly #parser: FrameParser;
  #greetingLeft: number;
  #offset = 0;
  /** A method whose content is not complete yet, by channel. */
  readonly #partial = new Map<number, { readonly method: Method['name']; readonly startsAt: number; left: number }>();

  constructor(direction: 'to broker' | 'to client', onStep: (step: StreamStep) => void) {
    this.#greetingLeft = direction === 'to broker' ? greetingBytes : 0;
    this.#onStep = onStep;
    this.#parser = new FrameParser(Number.MAX_SAFE_INTEGER, (type, channel, buffer, start, end) =>
      this.#frame(type, channel, buffer, start, end),
    );
  }

  /** Takes the next bytes, and tells of the steps that are complete with them. */
  push(chunk: Buffer): void {
    const skipped = Math.min(this.#greetingLeft, chunk.length);
    this.#greetingLeft -= skipped;
    this.#offset += skipped;
    if (chunk.length > skipped) this.#parser.push(Buffer.from(chunk.subarray(skipped)));
  }

  #frame(type: number, channel: number, buffer: Buffer, start: number, end: number): void {
    const startsAt = this.#offset;
    this.#offset += end - start + protocol.FRAME_OVERHEAD_BYTES;
    if (type === protocol.FRAME_METHOD) {
      const method = decodeMethod(buffer, start, end);
      if (carriesContent(method)) this.#partial.set(channel, { method: method.name, startsAt, left: 0 });
      else this.#onStep({ method: method.name, startsAt, endsAt: this.#offset });
      return;
    }
    const partial = this.#partial.get(channel);
    if (!partial) return;
    if (type === protocol.FRAME_HEADER) partial.left = decodeContentHeader(buffer, start, end).bodySize;
    else if (type === protocol.FRAME_BODY) partial.left -= end - start;
    if (partial.left > 0) return;
    this.#partial.delete(channel);
    this.#onStep({ method: partial.method, startsAt: partial.startsAt, endsAt: this.#offset });
  }
}
