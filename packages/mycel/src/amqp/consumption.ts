import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Subscription } from '../transport/subscription.ts';
import { goodbyeMs, KeptChannel } from './kept-channel.ts';
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
  readonly deliver: (channel: AmqpChannel, delivery: Delivery) => void;
  readonly logger: Logger;
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
  readonly #plan: ConsumptionPlan;
  #consumer: { readonly channel: AmqpChannel; readonly tag: string } | undefined;
  #isStopped = false;
  #stopping: Promise<void> | undefined;

  constructor(connection: SupervisedConnection, plan: ConsumptionPlan) {
    this.#plan = plan;
    this.#channel = new KeptChannel(connection, {
      name: plan.name,
      logger: plan.logger,
      prepare: (channel) => this.#consume(channel),
      onEnded: () => plan.onClosed?.(),
    });
  }

  /** Resolves once the broker delivers; rejects if it refuses. */
  async ready(): Promise<void> {
    await this.#channel.ready();
  }

  health(): HealthReport {
    const channel = this.#channel.health();
    if (channel.state === 'ended') return { ...channel, state: 'closed' };
    if (this.#isStopped) return { ready: false, state: 'stopped' };
    return { ...channel, state: channel.ready ? 'consuming' : 'attaching' };
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping ??= this.#cancel();
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
      onCancelled: (reason) => this.#lost(channel, queue, reason),
    });
    if (this.#isStopped) await channel.cancel(consumerTag);
    else this.#consumer = { channel, tag: consumerTag };
  }

  #take(channel: AmqpChannel, delivery: Delivery): void {
    // Between a cancel and its answer deliveries may still arrive.
    if (!this.#isStopped) this.#plan.deliver(channel, delivery);
    else if (channel.isOpen) channel.reject(delivery.deliveryTag, true);
  }

  #lost(channel: AmqpChannel, queue: string, reason: string): void {
    const { name, logger } = this.#plan;
    logger.warn({ queue, reason }, `${name}: the broker ended the consumer (${reason}); attaching again`);
    void channel.close();
  }
}
