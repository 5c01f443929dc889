import { MalformedFrameError } from './amqp-error.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD_BYTES,
  FRAME_HEADER,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD_BYTES,
  REPLY_CODE,
} from './protocol.ts';

/**
 * Takes one frame: its payload is `buffer` from `start` to `end`. The memory stays valid after the call and is never
 * written again, so views on it may be kept.
 */
export type FrameHandler = (type: number, channel: number, buffer: Buffer, start: number, end: number) => void;

/**
 * Cuts a stream of bytes into frames, in whatever chunks it comes.
 *
 * Frames that lie within one chunk are handed on in place. A frame that spans chunks is gathered in memory of exactly
 * its size, so each byte is copied at most once and never more than one frame of `frameMax` bytes is held.
 */
export class FrameParser {
  /** Largest frame accepted, its head and end included. May change between frames, when a limit was agreed. */
  frameMax: number;
  readonly #onFrame: FrameHandler;
  /** The head of a frame whose size is not known yet. */
  readonly #head: Buffer = Buffer.alloc(FRAME_HEAD_BYTES);
  #headBytes = 0;
  /** A frame whose size is known and whose bytes are not all here. */
  #partial: Buffer | undefined;
  #partialBytes = 0;

  constructor(frameMax: number, onFrame: FrameHandler) {
    this.frameMax = frameMax;
    this.#onFrame = onFrame;
  }

  /** Whether bytes of an unfinished frame are waiting for the rest. */
  get isMidFrame(): boolean {
    return this.#headBytes > 0 || this.#partial !== undefined;
  }

  /**
   * Hands on every frame that `chunk` completes. The chunk must not be written again. Throws `MalformedFrameError` when
   * the bytes are no frames, after handing on the good ones before; the parser is of no use afterwards.
   */
  push(chunk: Buffer): void {
    let offset = this.isMidFrame ? this.#continueFrame(chunk) : 0;
    while (chunk.length - offset >= FRAME_HEAD_BYTES) {
      const size = this.#frameSize(chunk, offset);
      if (chunk.length - offset < size) {
        this.#partial = Buffer.allocUnsafeSlow(size);
        this.#partialBytes = chunk.copy(this.#partial, 0, offset);
        return;
      }
      this.#emit(chunk, offset, size);
      offset += size;
    }
    if (offset < chunk.length) this.#headBytes += chunk.copy(this.#head, this.#headBytes, offset);
  }

  /** Adds to the unfinished frame what belongs to it; gives how much of the chunk that was. */
  #continueFrame(chunk: Buffer): number {
    let offset = 0;
    if (this.#partial === undefined) {
      offset = chunk.copy(this.#head, this.#headBytes);
      this.#headBytes += offset;
      if (this.#headBytes < FRAME_HEAD_BYTES) return offset;
      this.#partial = Buffer.allocUnsafeSlow(this.#frameSize(this.#head, 0));
      this.#partialBytes = this.#head.copy(this.#partial);
      this.#headBytes = 0;
    }
    const partial = this.#partial;
    const copied = chunk.copy(partial, this.#partialBytes, offset);
    this.#partialBytes += copied;
    if (this.#partialBytes === partial.length) {
      this.#partial = undefined;
      this.#emit(partial, 0, partial.length);
    }
    return offset + copied;
  }

  /** Reads the size of the whole frame from its head, and refuses a head that cannot be one before waiting for more. */
  #frameSize(buffer: Buffer, at: number): number {
    const type = buffer[at];
    if (type !== FRAME_METHOD && type !== FRAME_HEADER && type !== FRAME_BODY && type !== FRAME_HEARTBEAT) {
      throw new MalformedFrameError(REPLY_CODE.frameError, `unknown frame type ${type}`);
    }
    const size = buffer.readUInt32BE(at + 3) + FRAME_OVERHEAD_BYTES;
    if (size > this.frameMax) {
      const problem = `a frame of ${size} bytes where ${this.frameMax} is the most`;
      throw new MalformedFrameError(REPLY_CODE.frameError, problem);
    }
    return size;
  }

  #emit(buffer: Buffer, at: number, size: number): void {
    const end = at + size - 1;
    if (buffer[end] !== FRAME_END) {
      throw new MalformedFrameError(
        REPLY_CODE.frameError,
        `a frame that ends in ${buffer[end]} instead of ${FRAME_END}`,
      );
    }
    // Both inside the frame, whose size is at least its overhead.
    const type = buffer[at] as number;
    const channel = ((buffer[at + 1] as number) << 8) | (buffer[at + 2] as number);
    this.#onFrame(type, channel, buffer, at + FRAME_HEAD_BYTES, end);
  }
}
