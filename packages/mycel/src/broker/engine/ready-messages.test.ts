import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from './message.ts';
import { type MessageSource, QueuedMessage } from './queued-message.ts';
import { ReadyMessages } from './ready-messages.ts';

const source: MessageSource = {
  acknowledge: () => undefined,
  reject: () => undefined,
  takeBack: () => undefined,
  deliver: () => undefined,
};

function messageOf(sequence: number, priority = 0, bytes = 1): QueuedMessage {
  const content = { rawProperties: Buffer.of(0, 0), body: Buffer.alloc(bytes) };
  return new QueuedMessage(new Message('', 'q', content), source, sequence, priority, Number.POSITIVE_INFINITY);
}

/** What `ReadyMessages` must do, done slowly. */
class NaiveReady {
  #messages: QueuedMessage[] = [];

  add(message: QueuedMessage): void {
    this.#messages.push(message);
    this.#messages.sort((one, other) => other.priority - one.priority || one.sequence - other.sequence);
  }

  shift(): QueuedMessage | undefined {
    return this.#messages.shift();
  }

  get bytes(): number {
    return this.#messages.reduce((sum, { message }) => sum + message.body.length, 0);
  }
}

describe('ReadyMessages', () => {
  it('gives messages in the order of priority and arrival, those put back at their old place', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), priority: fc.nat(3), bytes: fc.nat(5) }),
      fc.record({ kind: fc.constant('shift' as const) }),
      fc.record({ kind: fc.constant('putBack' as const), which: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ready = new ReadyMessages();
        const naive = new NaiveReady();
        const out: QueuedMessage[] = [];
        let sequence = 0;
        for (const { kind, ...given } of steps) {
          if (kind === 'push' && 'priority' in given) {
            const message = messageOf(++sequence, given.priority, given.bytes);
            ready.push(message);
            naive.add(message);
          } else if (kind === 'putBack' && 'which' in given) {
            const [message] = out.splice(given.which % Math.max(1, out.length), 1);
            if (message === undefined) continue;
            ready.putBack(message);
            naive.add(message);
          } else {
            const first = ready.first;
            const taken = ready.shift();
            expect(taken).toBe(first);
            expect(taken).toBe(naive.shift());
            if (taken !== undefined) out.push(taken);
          }
          expect(ready.bytes).toBe(naive.bytes);
        }
        expect(ready.count).toBe(sequence - out.length);
      }),
    );
  });

  it('keeps its order while it grows and empties', () => {
    const ready = new ReadyMessages();
    const taken: number[] = [];
    let pushed = 0;
    for (let round = 0; round < 30; round++) {
      for (let count = 0; count < 200; count++) ready.push(messageOf(++pushed));
      for (let count = 0; count < 150; count++) taken.push(ready.shift()?.sequence ?? 0);
    }
    for (let next = ready.shift(); next !== undefined; next = ready.shift()) taken.push(next.sequence);
    expect(taken).toEqual(Array.from({ length: pushed }, (_, index) => index + 1));
    expect(ready.count).toBe(0);
  });
});
