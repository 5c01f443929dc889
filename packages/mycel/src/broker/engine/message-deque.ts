import type { QueuedMessage } from './queued-message.ts';

const smallest = 16;
/** Above this an emptied deque gives its memory back. */
const keptWhenEmpty = 1024;

function emptyRing(): (QueuedMessage | undefined)[] {
  return Array.from({ length: smallest }, () => undefined);
}

/** First in, first out, in a ring that doubles when it is full: every operation takes the same time on average. */
export class MessageDeque {
  #ring: (QueuedMessage | undefined)[] = emptyRing();
  #head = 0;
  #size = 0;

  get first(): QueuedMessage | undefined {
    return this.#ring[this.#head];
  }

  push(message: QueuedMessage): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = message;
  }

  shift(): QueuedMessage | undefined {
    const first = this.#ring[this.#head];
    if (first === undefined) return undefined;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    if (--this.#size === 0 && this.#ring.length > keptWhenEmpty) this.#reset();
    return first;
  }

  #grow(): void {
    const unrolled = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    unrolled.length = this.#ring.length * 2;
    this.#ring = unrolled;
    this.#head = 0;
  }

  #reset(): void {
    this.#ring = emptyRing();
    this.#head = 0;
  }
}
