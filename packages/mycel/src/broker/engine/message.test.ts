import { describe, expect, it } from 'vitest';
import { Message } from './message.ts';

describe('Message', () => {
  it('is given back without the header when its properties cannot be written again', () => {
    const longNoUtf8 = Buffer.concat([Buffer.of(0x80, 0, 200), Buffer.alloc(200, 0xff)]);
    const message = new Message('', 'q', { rawProperties: longNoUtf8, body: Buffer.alloc(0) });
    expect(message.withHeader('x-delivery-count', 1)).toBe(message);
  });

  it('keeps no more memory than its properties take', () => {
    const message = new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) });
    const other = message.with('', 'other', { type: 'small' });
    expect(other.properties).toMatchObject({ type: 'small' });
    expect(other.rawProperties.buffer.byteLength).toBe(other.rawProperties.length);
  });
});
