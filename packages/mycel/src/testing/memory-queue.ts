import { setImmediate } from 'node:timers';
import type { Settlement } from '../transport/event-transport.ts';
import type { Subscription } from '../transport/subscription.ts';

/** One message in the hands of a consumer. */
export interface MemoryDelivery<T> {
  readonly value: T;
  /** It was delivered before, and given back. */
  readonly redelivered: boolean;
  /** Settles it. Returns false if it was taken back meanwhile, because its consumer was closed. */
  settle(settlement: Settlement): boolean;
}

interface Entry<T> {
  readonly value: T;
  readonly redelivered: boolean;
}

interface Consumer<T> {
  readonly prefetch: number;
  readonly deliver: (delivery: MemoryDelivery<T>) => void;
  readonly unsettled: Set<Entry<T>>;
  takes: boolean;
}

/** A queue in memory: first in, first out, over consumers in turn, each with at most `prefetch` messages in hand. */
export class MemoryQueue<T> {
  #ready: Entry<T>[] = [];
  readonly #consumers: Consumer<T>[] = [];
  #onUnused: (() => void) | undefined;
  #pumping = false;

  get consumerCount(): number {
    return this.#consumers.length;
  }

  /** How many messages wait; those in the hands of a consumer do not count. */
  get length(): number {
    return this.#ready.length;
  }

  /** Runs `remove` when the last consumer has gone: what AMQP calls auto-delete. */
  onUnused(remove: () => void): void {
    this.#onUnused = remove;
  }

  push(value: T): void {
    this.#ready.push({ value, redelivered: false });
    this.#schedule(queueMicrotask);
  }

  consume(prefetch: number, deliver: (delivery: MemoryDelivery<T>) => void): Subscription {
    const consumer: Consumer<T> = { prefetch, deliver, unsettled: new Set(), takes: true };
    this.#consumers.push(consumer);
    this.#schedule(queueMicrotask);
    return {
      stop: async () => {
        consumer.takes = false;
      },
      close: async () => this.#remove(consumer),
    };
  }

  #remove(consumer: Consumer<T>): void {
    const index = this.#consumers.indexOf(consumer);
    if (index < 0) return;
    consumer.takes = false;
    this.#consumers.splice(index, 1);
    const returned = [...consumer.unsettled].map(({ value }) => ({ value, redelivered: true }));
    consumer.unsettled.clear();
    this.#ready = [...returned, ...this.#ready];
    if (!this.#consumers.length) this.#onUnused?.();
    else this.#schedule(setImmediate);
  }

  #schedule(later: (run: () => void) => unknown): void {
    if (this.#pumping) return;
    this.#pumping = true;
    later(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (let consumer = this.#nextConsumer(); consumer && this.#ready.length; consumer = this.#nextConsumer()) {
      // Checked in the line above: there is one.
      const entry = this.#ready.shift() as Entry<T>;
      consumer.unsettled.add(entry);
      consumer.deliver(this.#delivery(consumer, entry));
    }
  }

  /** Finds a consumer with room, and puts it last in the line. */
  #nextConsumer(): Consumer<T> | undefined {
    const index = this.#consumers.findIndex(({ takes, unsettled, prefetch }) => takes && unsettled.size < prefetch);
    if (index < 0) return undefined;
    const [consumer] = this.#consumers.splice(index, 1);
    if (consumer) this.#consumers.push(consumer);
    return consumer;
  }

  #delivery(consumer: Consumer<T>, entry: Entry<T>): MemoryDelivery<T> {
    return {
      ...entry,
      settle: (settlement) => {
        if (!consumer.unsettled.delete(entry)) return false;
        if (settlement === 'requeue') this.#ready.unshift({ value: entry.value, redelivered: true });
        // A message that comes back at once must leave the rest of the program its turn.
        this.#schedule(settlement === 'requeue' ? setImmediate : queueMicrotask);
        return true;
      },
    };
  }
}
