import { describe, expect, it } from 'vitest';
import { ContentAssembler } from './content-assembler.ts';
import type { BasicGetOk } from './methods/basic.ts';

const method: BasicGetOk = {
  name: 'basic.get-ok',
  deliveryTag: 1,
  redelivered: false,
  exchange: '',
  routingKey: 'q',
  messageCount: 0,
};
const header = (bodySize: number) => ({ classId: 60, bodySize, rawProperties: Buffer.alloc(2) });
const violation = (replyCode: number) => expect.objectContaining({ code: 'MYCEL_AMQP_MALFORMED_FRAME', replyCode });

describe('ContentAssembler', () => {
  it('is complete with the header when there is no body', () => {
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    expect(assembler.header(header(0))?.body).toHaveLength(0);
    expect(assembler.isBusy).toBe(false);
  });

  it('gives a body of one frame in place', () => {
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    assembler.header(header(3));
    const part = Buffer.from('abc');
    expect(assembler.body(part)?.body).toBe(part);
  });

  it('joins a body of several frames, empty ones among them', () => {
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    assembler.header(header(5));
    expect(assembler.body(Buffer.from('ab'))).toBeUndefined();
    expect(assembler.body(Buffer.alloc(0))).toBeUndefined();
    expect(assembler.body(Buffer.from('cde'))?.body.toString()).toBe('abcde');
    assembler.begin(method);
    assembler.header(header(1));
    expect(assembler.body(Buffer.from('f'))?.body.toString()).toBe('f');
  });

  it('refuses frames out of order (505)', () => {
    expect(() => new ContentAssembler(100).header(header(1))).toThrow(violation(505));
    expect(() => new ContentAssembler(100).body(Buffer.of(1))).toThrow(violation(505));
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    expect(() => assembler.begin(method)).toThrow(violation(505));
    expect(() => assembler.body(Buffer.of(1))).toThrow(violation(505));
    assembler.header(header(1));
    expect(() => assembler.header(header(1))).toThrow(violation(505));
  });

  it('refuses more bytes than were announced (505)', () => {
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    assembler.header(header(2));
    expect(() => assembler.body(Buffer.alloc(3))).toThrow(violation(505));
  });

  it('refuses a body beyond the limit by its header (311)', () => {
    const assembler = new ContentAssembler(100);
    assembler.begin(method);
    expect(() => assembler.header(header(101))).toThrow(violation(311));
  });
});
