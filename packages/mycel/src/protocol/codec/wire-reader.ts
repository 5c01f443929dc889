import { MalformedFrameError } from './amqp-error.ts';
import { REPLY_CODE } from './protocol.ts';

/** Short strings up to this length are looked up among those seen lately before they are decoded anew. */
const REMEMBERED_LENGTH = 40;
const REMEMBERED_SLOTS = 512;

/**
 * Names of exchanges, routing keys, consumer tags and header names come again and again. Comparing the bytes with the
 * string seen last in their slot is several times cheaper than decoding, and keeps one copy of each in memory.
 */
const remembered: string[] = Array.from({ length: REMEMBERED_SLOTS }, () => '');

/**
 * Reads AMQP's primitive types out of one frame's payload. Reading beyond its end is a `MalformedFrameError` (502).
 * An instance can be pointed at payload after payload by {@link reset}.
 */
export class WireReader {
  #buffer: Buffer;
  #offset: number;
  #end: number;

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  /** Points the reader at another payload. */
  reset(buffer: Buffer, start: number, end: number): void {
    this.#buffer = buffer;
    this.#offset = start;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#end - this.#offset;
  }

  readUint8(): number {
    const at = this.#advance(1);
    return this.#byte(at);
  }

  readInt8(): number {
    return (this.readUint8() << 24) >> 24;
  }

  readUint16(): number {
    const at = this.#advance(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  readInt16(): number {
    return (this.readUint16() << 16) >> 16;
  }

  readInt32(): number {
    const at = this.#advance(4);
    return (this.#byte(at) << 24) | (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
  }

  readUint32(): number {
    return this.readInt32() >>> 0;
  }

  /** Reads an unsigned integer of 64 bits; above 2^53 the nearest number. */
  readUint64(): number {
    const high = this.readUint32();
    return high * 0x1_0000_0000 + this.readUint32();
  }

  readBigint64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  readFloat(): number {
    return this.#buffer.readFloatBE(this.#advance(4));
  }

  readDouble(): number {
    return this.#buffer.readDoubleBE(this.#advance(8));
  }

  readShortString(): string {
    const length = this.readUint8();
    const at = this.#advance(length);
    if (length === 0) return '';
    return length <= REMEMBERED_LENGTH ? this.#recall(at, length) : this.#buffer.toString('utf8', at, at + length);
  }

  /** Reads bytes behind their length in 32 bits: a view on the payload, not a copy. */
  readLongBytes(): Buffer {
    return this.readBytes(this.readUint32());
  }

  /** Reads so many bytes: a view on the payload, not a copy. */
  readBytes(length: number): Buffer {
    const at = this.#advance(length);
    return this.#buffer.subarray(at, at + length);
  }

  /** Fails unless everything was read: what follows the last argument belongs to nothing. */
  expectEnd(what: string): void {
    if (this.remaining === 0) return;
    throw new MalformedFrameError(REPLY_CODE.syntaxError, `${this.remaining} bytes too many after ${what}`);
  }

  #advance(bytes: number): number {
    const at = this.#offset;
    if (bytes > this.#end - at) {
      const problem = `a value of ${bytes} bytes where the frame has ${this.#end - at} left`;
      throw new MalformedFrameError(REPLY_CODE.syntaxError, problem);
    }
    this.#offset = at + bytes;
    return at;
  }

  #byte(at: number): number {
    // Inside the payload: #advance has checked.
    return this.#buffer[at] as number;
  }

  #recall(at: number, length: number): string {
    const slot =
      (length * 31 + this.#byte(at) * 7 + this.#byte(at + length - 1) * 131 + this.#byte(at + (length >> 1)) * 17) %
      REMEMBERED_SLOTS;
    const candidate = remembered[slot] as string;
    if (candidate.length === length && this.#equals(candidate, at)) return candidate;
    const value = this.#buffer.toString('utf8', at, at + length);
    // Only ASCII can be compared byte by byte.
    if (value.length === length) remembered[slot] = value;
    return value;
  }

  #equals(candidate: string, at: number): boolean {
    const buffer = this.#buffer;
    for (let index = 0; index < candidate.length; index++) {
      if (candidate.charCodeAt(index) !== buffer[at + index]) return false;
    }
    return true;
  }
}
