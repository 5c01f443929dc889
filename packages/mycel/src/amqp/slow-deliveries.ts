import { type Clock, type ClockTimer, systemClock } from '../foundation/clock.ts';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';

/** How {@link SlowDeliveries} looks. */
export interface SlowDeliveriesOptions {
  /** The broker's own limit; 0 looks for nothing. */
  readonly consumerTimeoutMs: number;
  readonly logger: Logger;
  /** @default the time of this machine */
  readonly clock?: Clock;
}

/** How often it looks, while a delivery grows old enough to be told of. */
const looksPerHalf = 10;

/** One channel that consumes. */
interface Followed {
  readonly name: string;
  readonly channel: Pick<AmqpChannel, 'isOpen' | 'unsettled'>;
  /** The newest delivery as it was at some times, the earliest first. */
  marks: { readonly at: number; readonly tag: number }[];
  /** The tags of those that were told of. */
  told: Set<number>;
}

/**
 * Warns, once each, of deliveries that are not settled when half of the broker's consumer timeout is over: at the whole the
 * broker closes the channel and gives all that it holds to others. It looks now and then, so a message costs nothing here.
 */
export class SlowDeliveries {
  readonly #options: SlowDeliveriesOptions;
  readonly #clock: Clock;
  readonly #halfMs: number;
  #followed: Followed[] = [];
  #timer: ClockTimer | undefined;

  constructor(options: SlowDeliveriesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#halfMs = options.consumerTimeoutMs / 2;
  }

  /** Looks at what a channel has delivered, until the channel is closed. `name` is that of its consumer, for people. */
  follow(name: string, channel: Followed['channel']): void {
    if (this.#halfMs <= 0) return;
    this.#followed.push({ name, channel, marks: [], told: new Set() });
    if (!this.#timer) this.#lookLater();
  }

  close(): void {
    this.#timer?.cancel();
    this.#followed = [];
  }

  #lookLater(): void {
    this.#timer = this.#clock.schedule(this.#halfMs / looksPerHalf, () => {
      this.#timer = undefined;
      this.#followed = this.#followed.filter(({ channel }) => channel.isOpen);
      for (const followed of this.#followed) this.#look(followed);
      if (this.#followed.length > 0) this.#lookLater();
    });
  }

  #look(followed: Followed): void {
    const now = this.#clock.now();
    const { unsettled } = followed.channel;
    const old = followed.marks.findLastIndex(({ at }) => now - at >= this.#halfMs);
    const mark = followed.marks[old];
    if (mark) {
      const late = unsettled.upTo(mark.tag);
      for (const delivery of late)
        if (!followed.told.has(delivery.deliveryTag)) this.#tell(followed.name, delivery, mark.at);
      followed.told = new Set(late.map(({ deliveryTag }) => deliveryTag));
      followed.marks = followed.marks.slice(old + 1);
    }
    followed.marks.push({ at: now, tag: unsettled.lastTag });
  }

  #tell(name: string, { properties }: Delivery, since: number): void {
    const { consumerTimeoutMs, logger } = this.#options;
    const messageId = properties.messageId ?? properties.correlationId;
    const began = new Date(since).toISOString();
    logger.warn(
      { messageId, since: began },
      `${name}: message ${messageId ?? 'without an id'} is not settled since ${began}; after ${consumerTimeoutMs / 1000} s (consumer_timeout) the broker takes back all that this consumer holds: let the handler do less or hand its work on, or raise RabbitMQ's consumer_timeout and amqp.consumer_timeout`,
    );
  }
}
