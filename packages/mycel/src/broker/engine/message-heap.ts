import type { QueuedMessage } from './queued-message.ts';

/** Messages in the order of their sequence, put in in any order: a binary heap. */
export class MessageHeap {
  readonly #heap: QueuedMessage[] = [];

  get first(): QueuedMessage | undefined {
    return this.#heap[0];
  }

  push(message: QueuedMessage): void {
    const heap = this.#heap;
    let at = heap.push(message) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.sequence < message.sequence) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = message;
  }

  shift(): QueuedMessage | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first !== last && last !== undefined) this.#sink(last);
    return first;
  }

  /** Gives a message its place, beginning at the top, which is free. */
  #sink(message: QueuedMessage): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child === undefined) break;
      if (other !== undefined && other.sequence < child.sequence) {
        child = other;
        below++;
      }
      if (message.sequence < child.sequence) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = message;
  }
}
