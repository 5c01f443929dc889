import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Subscription } from '../transport/subscription.ts';
import { KeptChannel } from './kept-channel.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** What is consumed, and how far ahead. */
export interface ConsumptionPlan {
  /** For people: `calls to math_service`. */
  readonly name: string;
  readonly prefetch: number;
  /** Declares what is needed and returns the queue to consume from. */
  readonly declare: (channel: AmqpChannel) => Promise<string>;
  readonly deliver: (channel: AmqpChannel, delivery: Delivery) => void;
  readonly logger: Logger;
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

  constructor(connection: SupervisedConnection, plan: ConsumptionPlan) {
    this.#plan = plan;
    this.#channel = new KeptChannel(connection, {
      name: plan.name,
      logger: plan.logger,
      prepare: (channel) => this.#consume(channel),
    });
  }

  /** Resolves once the broker delivers; rejects if it refuses. */
  async ready(): Promise<void> {
    await this.#channel.ready();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    const consumer = this.#consumer;
    // A channel that is lost meanwhile delivers nothing more either.
    if (consumer?.channel.isOpen)
      await Promise.race([consumer.channel.cancel(consumer.tag), consumer.channel.closed]).catch(() => {});
  }

  close(): Promise<void> {
    this.#isStopped = true;
    return this.#channel.close();
  }

  async #consume(channel: AmqpChannel): Promise<void> {
    const { prefetch, declare, deliver, name, logger } = this.#plan;
    if (this.#isStopped) return;
    const queue = await declare(channel);
    await channel.qos(prefetch);
    const { consumerTag } = await channel.consume(
      queue,
      (delivery) => {
        // Between a cancel and its answer deliveries may still arrive.
        if (this.#isStopped) channel.reject(delivery.deliveryTag, true);
        else deliver(channel, delivery);
      },
      {
        onCancelled: (reason) => {
          logger.warn({ queue, reason }, `${name}: the broker ended the consumer (${reason}); attaching again`);
          void channel.close();
        },
      },
    );
    this.#consumer = { channel, tag: consumerTag };
  }
}
