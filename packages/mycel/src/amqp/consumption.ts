import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Subscription } from '../transport/subscription.ts';
import { goodbyeMs, KeptChannel } from './kept-channel.ts';
import type { SlowDeliveries } from './slow-deliveries.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** The protocol has 16 bits for it; 0 would be no limit. */
const mostPrefetch = 65_535;

/** What is consumed, and how far ahead. */
export interface ConsumptionPlan {
  /** For people: `calls to math_service`. */
  readonly name: string;
  readonly prefetch: number;
  /** Declares what is needed and returns the queue to consume from. */
  readonly declare: (channel: AmqpChannel) => Promise<string>;
  /** Declares the exchanges again and binds the queue to them, on the channel that consumes from it. */
  readonly bind?: (channel: AmqpChannel, queue: string) => Promise<void>;
  /** The exchanges it is bound to. */
  readonly exchanges?: readonly string[];
  readonly deliver: (channel: AmqpChannel, delivery: Delivery) => void;
  /** Gives back what arrives once it is stopped. @default it goes back to its queue */
  readonly handBack?: (channel: AmqpChannel, delivery: Delivery) => void;
  readonly logger: Logger;
  /**
   * It stays the queue's consumer while it stops, until it is closed: what arrives meanwhile goes back only then, in its order.
   * @default false
   */
  readonly keepsQueue?: boolean | undefined;
  /** Warns of what takes too long. @default nobody does */
  readonly slow?: SlowDeliveries;
  /** The broker closed its channel because this exchange does not exist. */
  readonly onExchangeMissing?: (exchange: string) => void;
  /** Nothing is left of the consumption. */
  readonly onClosed?: () => void;
}

/**
 * A consumer on its own channel with its own prefetch, which comes back after every loss: of the connection, of the
 * channel, of the queue.
 *
 * States: *attaching* -> *consuming* -> *stopped* (nothing new is delivered, what was can still be settled) -> *closed*.
 */
export class Consumption implements Subscription {
  readonly #channel: KeptChannel;
  readonly #connection: SupervisedConnection;
  readonly #plan: ConsumptionPlan;
  #consumer: { readonly channel: AmqpChannel; readonly tag: string; readonly queue: string } | undefined;
  #isStopped = false;
  #stopping: Promise<void> | undefined;

  constructor(connection: SupervisedConnection, plan: ConsumptionPlan) {
    this.#plan = plan;
    this.#connection = connection;
    this.#channel = new KeptChannel(connection, {
      name: plan.name,
      logger: plan.logger,
      prepare: (channel) => this.#consume(channel),
      onExchangeMissing: plan.onExchangeMissing,
      onEnded: () => plan.onClosed?.(),
    });
  }

  /** Resolves once the broker delivers; rejects if it refuses. */
  async ready(): Promise<void> {
    await this.#channel.ready();
  }

  /** Binds the queue again, as its exchange was gone. What is being handled stays as it is. Never rejects. */
  async bindAgain(): Promise<void> {
    const consumer = this.#consumer;
    if (!consumer?.channel.isOpen || this.#isStopped) return; // else it is bound when it is attached
    // A refusal closes the channel, and attaching it again tells why.
    await this.#plan.bind?.(consumer.channel, consumer.queue).catch(() => {});
  }

  health(): HealthReport {
    const channel = this.#channel.health();
    if (channel.state === 'ended') return { ...channel, state: 'closed' };
    if (this.#isStopped) return { ready: false, state: 'stopped' };
    return { ...channel, state: channel.ready ? 'consuming' : 'attaching' };
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping ??= this.#plan.keepsQueue ? Promise.resolve() : this.#cancel();
    return this.#stopping;
  }

  close(): Promise<void> {
    this.#isStopped = true;
    return this.#channel.close();
  }

  async #cancel(): Promise<void> {
    const consumer = this.#consumer;
    if (!consumer?.channel.isOpen) return; // one that is being attached sees that it is not wanted
    // A channel that is lost meanwhile delivers nothing more either.
    const cancelling = consumer.channel.cancel(consumer.tag).catch(() => {});
    if (await endsWithin(cancelling, goodbyeMs)) return;
    const { name, logger } = this.#plan;
    logger.warn({}, `${name}: the broker does not answer; what it still delivers goes back to it`);
  }

  async #consume(channel: AmqpChannel): Promise<void> {
    const { prefetch, declare } = this.#plan;
    if (this.#isStopped) return;
    const queue = await declare(channel);
    await channel.qos(Math.min(prefetch, mostPrefetch));
    if (this.#isStopped) return;
    const { consumerTag } = await channel.consume(queue, (delivery) => this.#take(channel, delivery), {
      onCancelled: (reason) => this.#cancelled(queue, reason),
    });
    if (this.#isStopped) return channel.cancel(consumerTag);
    this.#consumer = { channel, tag: consumerTag, queue };
    this.#plan.slow?.follow(this.#plan.name, channel);
    this.#connection.counters.count('consumers_attached', this.#plan.name);
  }

  #take(channel: AmqpChannel, delivery: Delivery): void {
    // Between a cancel and its answer deliveries may still arrive.
    if (!this.#isStopped) return this.#plan.deliver(channel, delivery);
    if (!channel.isOpen || this.#plan.keepsQueue) return;
    if (this.#plan.handBack) this.#plan.handBack(channel, delivery);
    else channel.nack(delivery.deliveryTag);
  }

  #cancelled(queue: string, reason: string): void {
    this.#connection.counters.count('consumers_cancelled', this.#plan.name);
    this.#channel.renew(`${reason}; queue '${queue}'`);
  }
}
