import { describe, expect, it } from 'vitest';
import { encodeContent, FrameParser, protocol, WireWriter } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import { ContentIntake, type Published } from './content-intake.ts';
import { PartialBudget } from './partial-budget.ts';

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
  const intake = new ContentIntake(1_000_000, budget);
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
  it('leaves messages in the chunk that they make up', () => {
    const [first, second] = taken([Buffer.alloc(3000, 'a'), Buffer.alloc(3000, 'b')]);
    expect([first?.body.toString(), second?.body.toString()]).toEqual(['a'.repeat(3000), 'b'.repeat(3000)]);
    expect(first?.body.buffer).toBe(second?.body.buffer);
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
});
