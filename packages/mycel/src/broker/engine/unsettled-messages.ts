import type { QueuedMessage } from './queued-message.ts';

/** Below this number of places it is not worth to close gaps. */
const smallSpan = 64;

/**
 * What a client has and has not settled, by delivery tag. Tags only grow, so they stand in order in an array: most are
 * settled from the front, others leave a gap, and gaps are closed when they are more than the rest. An old message that is
 * never settled keeps nothing alive but itself.
 */
export class UnsettledMessages {
  #tags: number[] = [];
  #messages: (QueuedMessage | undefined)[] = [];
  #start = 0;
  #end = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a message whose tag is higher than all before. */
  add(message: QueuedMessage): void {
    this.#tags[this.#end] = message.deliveryTag;
    this.#messages[this.#end++] = message;
    this.#count++;
  }

  /** Takes the message of a tag; nothing if there is none. */
  take(tag: number): QueuedMessage | undefined {
    const at = this.#find(tag);
    const message = this.#messages[at];
    if (message === undefined) return undefined;
    this.#messages[at] = undefined;
    this.#count--;
    this.#tidy();
    return message;
  }

  /** Takes all messages up to a tag, which must itself be there: nothing if it is not. */
  takeUpTo(tag: number): QueuedMessage[] | undefined {
    const at = this.#find(tag);
    return this.#messages[at] === undefined ? undefined : this.#takeThrough(at);
  }

  takeAll(): QueuedMessage[] {
    return this.#takeThrough(this.#end - 1);
  }

  /** Puts back messages that were taken. */
  restore(messages: readonly QueuedMessage[]): void {
    if (messages.length === 0) return;
    const all = [...messages, ...this.takeAll()].toSorted((one, other) => one.deliveryTag - other.deliveryTag);
    for (const message of all) this.add(message);
  }

  #takeThrough(last: number): QueuedMessage[] {
    const taken: QueuedMessage[] = [];
    for (let at = this.#start; at <= last; at++) {
      const message = this.#messages[at];
      if (message !== undefined) taken.push(message);
      this.#messages[at] = undefined;
    }
    this.#count -= taken.length;
    this.#tidy();
    return taken;
  }

  /** Gives the place of a tag; -1 if it has none. */
  #find(tag: number): number {
    const tags = this.#tags;
    const near = this.#start + (tag - (tags[this.#start] ?? tag));
    if (near < this.#end && tags[near] === tag) return near;
    let low = this.#start;
    let high = this.#end - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = tags[middle] ?? 0;
      if (found === tag) return middle;
      if (found < tag) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #tidy(): void {
    if (this.#count === 0 && this.#end <= smallSpan) {
      this.#start = 0;
      this.#end = 0;
      return;
    }
    while (this.#start < this.#end && this.#messages[this.#start] === undefined) this.#start++;
    if (this.#end > smallSpan && this.#count * 2 < this.#end) this.#closeGaps();
  }

  #closeGaps(): void {
    const messages = this.#messages.slice(this.#start, this.#end).filter((message) => message !== undefined);
    this.#messages = messages;
    this.#tags = messages.map(({ deliveryTag }) => deliveryTag);
    this.#start = 0;
    this.#end = messages.length;
  }
}
