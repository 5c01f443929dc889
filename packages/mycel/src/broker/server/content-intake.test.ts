import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ContentAssembler, encodeContent, FrameParser, protocol, WireWriter } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import { ContentIntake, type Published } from './content-intake.ts';
import { PartialBudget, type PartialHolder } from './partial-budget.ts';

const holder: PartialHolder = { evicted: () => undefined };
const publish: BasicPublish = {
  name: 'basic.publish',
  exchange: '',
  routingKey: 'q',
  mandatory: false,
  immediate: false,
};

/** Takes messages as they come in one chunk. */
function taken(bodies: readonly Buffer[], frameMax = 131_072, budget = new PartialBudget(1_000_000)): Published[] {
  const writer = new WireWriter();
  for (const body of bodies) encodeContent(writer, 1, frameMax, publish, { messageId: 'id' }, body);
  const chunk = Buffer.alloc(writer.length);
  chunk.set(writer.take());
  const intake = new ContentIntake(1_000_000, budget.shareOf(holder));
  const messages: Published[] = [];
  new FrameParser(frameMax, (type, _channel, buffer, start, end) => {
    if (type === protocol.FRAME_METHOD) return intake.begin(publish);
    const isHeader = type === protocol.FRAME_HEADER;
    const message = isHeader ? intake.header(buffer, start, end) : intake.body(buffer.subarray(start, end));
    if (message) messages.push(message);
  }).push(chunk);
  return messages;
}

const memoryOf = ({ body, rawProperties }: Published): number[] => [
  body.buffer.byteLength,
  rawProperties.buffer.byteLength,
];

describe('ContentIntake', () => {
  it('leaves a message in the chunk that it makes up', () => {
    const [message] = taken([Buffer.alloc(5000, 'a'), Buffer.alloc(500)]) as [Published];
    expect(message.body.toString()).toBe('a'.repeat(5000));
    expect(message.body.buffer.byteLength).toBeGreaterThan(5500);
  });

  it('copies a small message out of a large chunk, so that it does not keep the rest in memory', () => {
    const [small, large] = taken([Buffer.from('small'), Buffer.alloc(50_000, 'x')]) as [Published, Published];
    expect(small.body.toString()).toBe('small');
    expect(small.rawProperties).toEqual(large.rawProperties);
    expect(Math.max(...memoryOf(small))).toBeLessThan(100);
    expect(Math.max(...memoryOf(large))).toBeGreaterThan(50_000);
  });

  it('counts a message only while it is incomplete', () => {
    const budget = new PartialBudget(1_000_000);
    const [message] = taken([Buffer.alloc(500_000, 'x')], 4096, budget);
    expect(message?.body.length).toBe(500_000);
    expect(budget.bytes).toBe(0);
    expect(() => taken([Buffer.alloc(500_000)], 4096, new PartialBudget(400_000))).toThrow(/506 RESOURCE_ERROR/);
  });

  it('counts the headers of messages whose bodies do not come', () => {
    const budget = new PartialBudget(1_000_000);
    const intake = new ContentIntake(1_000_000, budget.shareOf(holder));
    const writer = new WireWriter();
    encodeContent(writer, 1, 131_072, publish, { headers: { long: 'x'.repeat(50_000) } }, Buffer.alloc(10));
    new FrameParser(131_072, (type, _channel, buffer, start, end) => {
      if (type === protocol.FRAME_METHOD) intake.begin(publish);
      else if (type === protocol.FRAME_HEADER) intake.header(buffer, start, end);
    }).push(writer.take());
    expect(budget.bytes).toBeGreaterThan(50_000);
    intake.abandon();
    expect(budget.bytes).toBe(0);
  });

  it('keeps nothing of a large chunk alive for a part that waits for the rest', () => {
    const assemblers = vi.spyOn(ContentAssembler.prototype, 'body');
    onTestFinished(() => assemblers.mockRestore());
    const intake = new ContentIntake(1_000_000, new PartialBudget(1_000_000).shareOf(holder));
    intake.begin(publish);
    intake.header(Buffer.from('003c000000000000000000640000', 'hex'), 0, 14);
    intake.body(Buffer.alloc(50_000, 'x').subarray(0, 10));
    const [part] = assemblers.mock.lastCall ?? [];
    expect([part?.toString(), part?.buffer.byteLength]).toEqual(['x'.repeat(10), 10]);
  });

  it('copies a message that is less than half of its chunk', () => {
    const [small] = taken([Buffer.alloc(4000, 'a'), Buffer.alloc(5000)]) as [Published];
    expect(small.body.toString()).toBe('a'.repeat(4000));
    expect(Math.max(...memoryOf(small))).toBeLessThan(4100);
  });
});
