import { deferred, type Deferred } from '../../../foundation/deferred.ts';
import { within } from '../within.ts';

/** What has arrived somewhere, in order. */
export class Inbox<T> {
  readonly #what: string;
  readonly #items: T[] = [];
  readonly #waiters = new Set<{ readonly count: number; readonly reached: Deferred<void> }>();

  /** `what` names an item, for messages. */
  constructor(what: string) {
    this.#what = what;
  }

  get items(): readonly T[] {
    return this.#items;
  }

  add(item: T): void {
    this.#items.push(item);
    for (const waiter of this.#waiters) if (this.#items.length >= waiter.count) waiter.reached.resolve();
  }

  /** Resolves with the first so many, once they are there; rejects if that takes too long. */
  async first(count: number): Promise<readonly T[]> {
    if (this.#items.length < count) {
      const waiter = { count, reached: deferred() };
      this.#waiters.add(waiter);
      const missing = (): string => `${count} of ${this.#what}, of which ${this.#items.length} came`;
      await within(waiter.reached.promise, missing);
      this.#waiters.delete(waiter);
    }
    return this.#items.slice(0, count);
  }

  /** Resolves with the one of that number, from 1 upwards, once it is there. */
  async nth(number: number): Promise<T> {
    // `first` resolves only with so many.
    return (await this.first(number))[number - 1] as T;
  }
}
