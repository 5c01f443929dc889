import { describe, expect, it } from 'vitest';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

describe('WireWriter', () => {
  it('never writes again what was taken', () => {
    const writer = new WireWriter();
    const taken: Buffer[] = [];
    for (let round = 0; round < 3_000; round++) {
      writer.writeBytes(Buffer.alloc(100, round % 251));
      taken.push(writer.take());
    }
    for (const [round, bytes] of taken.entries()) expect(bytes.equals(Buffer.alloc(100, round % 251))).toBe(true);
  });

  it('keeps what was written when it needs more memory', () => {
    const writer = new WireWriter();
    const parts = Array.from({ length: 50 }, (_, index) => Buffer.alloc(index * 1_000, index));
    for (const part of parts) writer.writeBytes(part);
    expect(writer.take().equals(Buffer.concat(parts))).toBe(true);
    expect(writer.length).toBe(0);
  });

  it('rewinds to an earlier length, also after it moved to other memory', () => {
    const writer = new WireWriter();
    writer.writeUint8(1);
    const before = writer.length;
    writer.writeBytes(Buffer.alloc(200_000));
    writer.rewind(before);
    writer.writeUint8(2);
    expect([...writer.take()]).toEqual([1, 2]);
  });

  it.each(['', 'abc', 'é', 'x'.repeat(40), 'x'.repeat(41), 'x'.repeat(255), `${'x'.repeat(39)}é`, '\u{1F344}'])(
    'writes short strings that read back: %s',
    (text) => {
      const writer = new WireWriter();
      writer.writeShortString(text, 'name');
      const reader = new WireReader(writer.take());
      expect(reader.readShortString()).toBe(text);
      reader.expectEnd('the string');
    },
  );

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])('writes %d as 64 bits that read back', (value) => {
    const writer = new WireWriter();
    writer.writeUint64(value);
    expect(new WireReader(writer.take()).readUint64()).toBe(value);
  });
});

describe('WireReader', () => {
  const readBack = (bytes: Buffer): string =>
    new WireReader(Buffer.concat([Buffer.of(bytes.length), bytes])).readShortString();

  it('tells strings apart that share a place among the remembered', () => {
    // Of one length, with the same first, middle and last character.
    for (const text of ['a1b1c', 'a2b2c', 'a1b1c', 'a2b2c']) expect(readBack(Buffer.from(text))).toBe(text);
  });

  it('does not take bytes that are no UTF-8 for a remembered character', () => {
    // The one character whose UTF-8 and whose Latin-1 byte share a place.
    expect(readBack(Buffer.from('\u00EC'))).toBe('\u00EC');
    expect(readBack(Buffer.of(0xec))).toBe('\uFFFD');
    expect(readBack(Buffer.from('\uFFFD'))).toBe('\uFFFD');
  });

  it('never reads beyond its end, even where the memory goes on', () => {
    const reader = new WireReader(Buffer.from('0461626364', 'hex'), 0, 4);
    expect(() => reader.readShortString()).toThrow(/4 bytes where the frame has 3 left/);
  });
});
