import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from './message.ts';
import { QueuedMessage } from './queued-message.ts';
import { UnsettledMessages } from './unsettled-messages.ts';

const message = new Message('', 'q', { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(0) });
const source = {
  acknowledge: () => undefined,
  reject: () => undefined,
  takeBack: () => undefined,
  deliver: () => undefined,
};

function tagged(deliveryTag: number): QueuedMessage {
  const queued = new QueuedMessage(message, source, deliveryTag, 0, Number.POSITIVE_INFINITY);
  queued.deliveryTag = deliveryTag;
  return queued;
}

function tagsOf(messages: readonly QueuedMessage[] | undefined): number[] | undefined {
  return messages?.map(({ deliveryTag }) => deliveryTag);
}

describe('UnsettledMessages', () => {
  it('gives each message once, by its tag, whatever was settled before', () => {
    const step = fc.tuple(fc.constantFrom('add', 'add', 'take', 'takeUpTo', 'takeAll', 'skip', 'rollback'), fc.nat(80));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const unsettled = new UnsettledMessages();
        let tags: number[] = [];
        let last = 0;
        for (const [kind, number] of steps) {
          const tag = Math.max(0, last - number);
          if (kind === 'add') {
            unsettled.add(tagged(++last));
            tags.push(last);
          } else if (kind === 'skip') {
            last++;
          } else if (kind === 'take') {
            expect(unsettled.take(tag)?.deliveryTag).toBe(tags.includes(tag) ? tag : undefined);
            tags = tags.filter((one) => one !== tag);
          } else if (kind === 'takeUpTo') {
            const expected = tags.includes(tag) ? tags.filter((one) => one <= tag) : undefined;
            expect(tagsOf(unsettled.takeUpTo(tag))).toEqual(expected);
            if (expected) tags = tags.filter((one) => one > tag);
          } else if (kind === 'takeAll') {
            expect(tagsOf(unsettled.takeAll())).toEqual(tags);
            tags = [];
          } else {
            unsettled.restore(unsettled.takeUpTo(tag) ?? []);
          }
          expect(unsettled.count).toBe(tags.length);
        }
        expect(tagsOf(unsettled.takeAll())).toEqual(tags);
      }),
    );
  });

  it('finds a message again that was requeued and came back under another tag', () => {
    const unsettled = new UnsettledMessages();
    const queued = tagged(1);
    unsettled.add(queued);
    unsettled.add(tagged(2));
    expect(unsettled.take(1)).toBe(queued);
    queued.deliveryTag = 3;
    unsettled.add(queued);
    expect(unsettled.take(1)).toBeUndefined();
    expect(unsettled.take(3)).toBe(queued);
    expect(tagsOf(unsettled.takeAll())).toEqual([2]);
  });
});
