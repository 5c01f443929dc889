import { UnencodableError } from './amqp-error.ts';
import { SHORT_STRING_MAX_BYTES } from './protocol.ts';

const SLAB_BYTES = 64 * 1024;
const LARGE_SLAB_BYTES = 512 * 1024;
const NO_SLAB = Buffer.alloc(0);

/** Up to this length a loop over the characters beats the call into native code that `Buffer.write` is. */
const SHORT_ASCII_LENGTH = 40;

const doubleBytes = new DataView(new ArrayBuffer(8));

/**
 * Writes AMQP's primitive types into memory that grows as needed, and hands the bytes out by {@link take}.
 *
 * Memory comes in slabs: what was taken is never written again, so it may be given to a socket without a copy, while
 * the rest of the slab serves the next bytes.
 */
export class WireWriter {
  #slab: Buffer = NO_SLAB;
  #start = 0;
  #end = 0;

  /** Bytes written and not taken. Also a place to {@link rewind} to. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes what was written. The writer goes on with nothing. */
  take(): Buffer {
    const taken = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    // A large slab served a large message: the next small one should not keep it alive.
    if (this.#slab.length > LARGE_SLAB_BYTES) this.#forget();
    return taken;
  }

  /** Forgets everything written after `length` was what is given: undoes a frame that could not be finished. */
  rewind(length: number): void {
    this.#end = this.#start + length;
  }

  writeUint8(value: number): void {
    const at = this.#claim(1);
    this.#slab[at] = value;
  }

  writeUint16(value: number): void {
    const at = this.#claim(2);
    const slab = this.#slab;
    slab[at] = value >>> 8;
    slab[at + 1] = value;
  }

  writeUint32(value: number): void {
    const at = this.#claim(4);
    this.#putUint32(at, value);
  }

  /** Writes a non-negative integer as 64 bits; exact up to 2^53. */
  writeUint64(value: number): void {
    const at = this.#claim(8);
    this.#putUint32(at, Math.floor(value / 0x1_0000_0000));
    this.#putUint32(at + 4, value >>> 0);
  }

  /** Writes the low 64 bits in two's complement. */
  writeBigint64(value: bigint): void {
    const at = this.#claim(8);
    this.#slab.writeBigInt64BE(BigInt.asIntN(64, value), at);
  }

  writeFloat(value: number): void {
    doubleBytes.setFloat32(0, value);
    this.writeUint32(doubleBytes.getUint32(0));
  }

  writeDouble(value: number): void {
    doubleBytes.setFloat64(0, value);
    this.writeUint32(doubleBytes.getUint32(0));
    this.writeUint32(doubleBytes.getUint32(4));
  }

  /** Writes a string of at most 255 bytes in UTF-8. `name` says in an error what it is. */
  writeShortString(value: string, name: string): void {
    if (typeof value !== 'string') throw new UnencodableError(name, `it must be a string, not ${typeof value}`);
    const length = value.length;
    if (length <= SHORT_ASCII_LENGTH && this.#writeShortAscii(value, length)) return;
    const bytes = Buffer.byteLength(value);
    if (bytes > SHORT_STRING_MAX_BYTES) {
      throw new UnencodableError(name, `it has ${bytes} bytes of UTF-8, the most is ${SHORT_STRING_MAX_BYTES}`);
    }
    const at = this.#claim(bytes + 1);
    this.#slab[at] = bytes;
    this.#slab.write(value, at + 1, bytes);
  }

  /** Writes a string in UTF-8 behind its length in 32 bits. */
  writeLongString(value: string): void {
    const bytes = Buffer.byteLength(value);
    const at = this.#claim(bytes + 4);
    this.#putUint32(at, bytes);
    this.#slab.write(value, at + 4, bytes);
  }

  /** Writes bytes behind their length in 32 bits. */
  writeLongBytes(value: Uint8Array): void {
    this.writeUint32(value.length);
    this.writeBytes(value);
  }

  writeBytes(value: Uint8Array): void {
    const at = this.#claim(value.length);
    this.#slab.set(value, at);
  }

  /** Leaves room for 32 bits to be filled in by {@link fillUint32}; gives where. */
  reserveUint32(): number {
    const at = this.#claim(4);
    return at - this.#start;
  }

  /** Fills in what {@link reserveUint32} left open. */
  fillUint32(at: number, value: number): void {
    this.#putUint32(this.#start + at, value);
  }

  #writeShortAscii(value: string, length: number): boolean {
    const at = this.#claim(length + 1);
    const slab = this.#slab;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) {
        this.#end = at;
        return false;
      }
      slab[at + 1 + index] = code;
    }
    slab[at] = length;
    return true;
  }

  #putUint32(at: number, value: number): void {
    const slab = this.#slab;
    slab[at] = value >>> 24;
    slab[at + 1] = value >>> 16;
    slab[at + 2] = value >>> 8;
    slab[at + 3] = value;
  }

  #forget(): void {
    this.#slab = NO_SLAB;
    this.#start = 0;
    this.#end = 0;
  }

  #claim(bytes: number): number {
    const at = this.#end;
    if (at + bytes > this.#slab.length) return this.#claimInNewSlab(bytes);
    this.#end = at + bytes;
    return at;
  }

  #claimInNewSlab(bytes: number): number {
    const written = this.length;
    // Room for as much again, so that writing much in small pieces copies each byte about once, not for each piece.
    const size = written + bytes + Math.max(SLAB_BYTES, written);
    const slab = Buffer.allocUnsafeSlow(size);
    slab.set(this.#slab.subarray(this.#start, this.#end));
    this.#slab = slab;
    this.#start = 0;
    this.#end = written + bytes;
    return written;
  }
}
