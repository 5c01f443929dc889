import type { Socket } from 'node:net';
import { WireWriter } from '../codec/wire-writer.ts';

/** Beyond this many bytes a turn's writes are handed to the socket before the turn is over. */
const FLUSH_BYTES = 256 * 1024;

/**
 * Gathers the frames of one turn of the event loop and hands them to the socket in one write: a write is a system call,
 * and many small ones were measured to cost a sixth of the throughput.
 */
export class Outbox {
  /** Where frames are encoded to. Call {@link changed} after a frame is complete, in the same turn. */
  readonly writer: WireWriter = new WireWriter();
  readonly #socket: Socket;
  readonly #beforeFlush: (() => void) | undefined;
  #isScheduled = false;
  #isActive = false;

  /** `beforeFlush` may still write what it has gathered, before the bytes are handed over. */
  constructor(socket: Socket, beforeFlush?: () => void) {
    this.#socket = socket;
    this.#beforeFlush = beforeFlush;
  }

  /** Bytes not yet handed to the operating system. */
  get writableLength(): number {
    return this.writer.length + this.#socket.writableLength;
  }

  /** Sees to it that what was encoded, or is still gathered, goes out with this turn. */
  changed(): void {
    if (this.writer.length >= FLUSH_BYTES) {
      this.flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#flushScheduled);
    }
  }

  /** Hands everything to the socket now. */
  flush(): void {
    this.#beforeFlush?.();
    if (this.writer.length === 0) return;
    this.#isActive = true;
    const bytes = this.writer.take();
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Tells whether anything was sent since the last call. */
  takeActivity(): boolean {
    const wasActive = this.#isActive || this.writer.length > 0;
    this.#isActive = false;
    return wasActive;
  }

  readonly #flushScheduled = (): void => {
    this.flush();
    this.#isScheduled = false;
  };
}
