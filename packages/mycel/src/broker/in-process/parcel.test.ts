import { describe, expect, it } from 'vitest';
import { decodeProperties, UnencodableError } from '../../protocol/codec/index.ts';
import { packMessage, packMethod } from './parcel.ts';

const publish = { name: 'basic.publish', exchange: 'e', routingKey: 'k', mandatory: false, immediate: false } as const;
const bind = { name: 'queue.bind', queue: 'q', exchange: 'e', routingKey: 'k', noWait: false } as const;

describe('a method on its way in this process', () => {
  it('shares nothing with who sent it', () => {
    const args = { nested: { list: [1, 2] } };
    const { channel, method } = packMethod(3, { ...bind, arguments: args }, 4096);
    args.nested.list.push(3);
    expect(channel).toBe(3);
    expect(method).toEqual({ ...bind, arguments: { nested: { list: [1, 2] } } });
  });

  it.each([
    ['a name that is too long', { ...bind, queue: 'q'.repeat(256), arguments: {} }],
    // What a program without types may give.
    ['an argument of no type that there is', { ...bind, arguments: { run: (() => 1) as never } }],
    ['more than a frame holds', { ...bind, arguments: { text: 'x'.repeat(5000) } }],
  ])('is refused at once for %s, and the next is not spoilt by it', (_, method) => {
    expect(() => packMethod(1, method, 4096)).toThrow(UnencodableError);
    expect(packMethod(1, { ...bind, arguments: {} }, 4096).method).toEqual({ ...bind, arguments: {} });
  });
});

describe('a message on its way in this process', () => {
  it('carries its properties as a header frame has them, and a copy of its body', () => {
    const body = Buffer.from('body');
    const properties = { messageId: 'm', headers: { at: new Date(1_000), big: 2n ** 40n } };
    const { method, content } = packMessage(1, publish, properties, body, 4096);
    body.fill(0);
    expect(method).toEqual(publish);
    expect(content?.body.toString()).toBe('body');
    expect(decodeProperties(content?.rawProperties ?? Buffer.alloc(0))).toEqual({
      messageId: 'm',
      headers: { at: new Date(1_000), big: 2 ** 40 },
    });
  });

  it('may be larger than a frame, but its headers may not', () => {
    const { content } = packMessage(1, publish, {}, Buffer.alloc(10_000), 4096);
    expect(content?.body.length).toBe(10_000);
    const headers = { text: 'x'.repeat(5000) };
    expect(() => packMessage(1, publish, { headers }, Buffer.alloc(0), 4096)).toThrow(/a frame of \d+ bytes/);
  });
});
