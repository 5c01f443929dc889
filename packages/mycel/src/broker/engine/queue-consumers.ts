import type { Consumer } from './consumer.ts';
import { ConsumerRing } from './consumer-ring.ts';

/**
 * The consumers of one queue. With a single active consumer the others wait: when it goes, the one of the highest priority
 * that has waited longest follows.
 */
export class QueueConsumers implements Iterable<Consumer> {
  /** In the order they came. */
  readonly #members = new Set<Consumer>();
  readonly #ring = new ConsumerRing<Consumer>();
  readonly #isSingleActive: boolean;
  #active: Consumer | undefined;

  constructor(isSingleActive: boolean) {
    this.#isSingleActive = isSingleActive;
  }

  get count(): number {
    return this.#members.size;
  }

  /** Whether one of them wants to be the only one. */
  get isExclusive(): boolean {
    // If there is one, there is no other.
    for (const { isExclusive } of this.#members) return isExclusive;
    return false;
  }

  [Symbol.iterator](): Iterator<Consumer> {
    return this.#members.values();
  }

  /** Tells whether messages may go to a consumer. */
  isActive(consumer: Consumer): boolean {
    return !this.#isSingleActive || consumer === this.#active;
  }

  add(consumer: Consumer): void {
    this.#members.add(consumer);
    if (this.#isSingleActive) this.#active ??= consumer;
    this.rejoin(consumer);
  }

  /** False if it was not there. */
  remove(consumer: Consumer): boolean {
    if (!this.#members.delete(consumer)) return false;
    this.#ring.remove(consumer);
    if (consumer === this.#active) {
      this.#active = this.#nextActive();
      if (this.#active) this.#ring.add(this.#active);
    }
    return true;
  }

  /** Lets a consumer have its turns again. */
  rejoin(consumer: Consumer): void {
    if (this.#members.has(consumer) && this.isActive(consumer)) this.#ring.add(consumer);
  }

  /** Gives the consumer whose turn it is; nobody if none is ready. */
  turn(): Consumer | undefined {
    return this.#ring.turn();
  }

  /** Takes all out. */
  clear(): Consumer[] {
    const consumers = [...this.#members];
    for (const consumer of consumers) this.#ring.remove(consumer);
    this.#members.clear();
    this.#active = undefined;
    return consumers;
  }

  #nextActive(): Consumer | undefined {
    let next: Consumer | undefined;
    for (const consumer of this.#members) {
      if (next === undefined || consumer.priority > next.priority) next = consumer;
    }
    return next;
  }
}
