import { randomUUID } from 'node:crypto';
import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Subscription } from '../transport/subscription.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import { readQuestion, writeAnswer } from './discovery-body.ts';
import { KeptChannel } from './kept-channel.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { declareDiscovery, discoveryQueue, presenceQueue } from './topology.ts';

/** What a {@link DiscoveryAnnouncer} answers, and whom it tells. */
export interface AnnouncerOptions {
  /** Describes the services of this process at this moment. */
  readonly describe: () => readonly object[];
  readonly logger: Logger;
  readonly onClosed: () => void;
}

/**
 * Answers those who ask which services this process runs. Questions come through a queue of its own; beside it, a consumer
 * on the presence queue, to which nobody publishes, lets those who ask count the processes.
 */
export class DiscoveryAnnouncer implements Subscription {
  readonly #options: AnnouncerOptions;
  readonly #channel: KeptChannel;

  constructor(connection: SupervisedConnection, options: AnnouncerOptions) {
    this.#options = options;
    this.#channel = new KeptChannel(connection, {
      name: 'discovery',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
      onEnded: options.onClosed,
    });
  }

  /** Resolves once this process can be found, or with a warning in the log once it is clear that it cannot. */
  async ready(): Promise<void> {
    try {
      await this.#channel.ready();
    } catch (error) {
      if (error instanceof TransportClosedError) return;
      const message = `this process works, but cannot be found by 'mycel services' and the shell: ${messageOf(error)}`;
      this.#options.logger.warn({ err: error }, message);
    }
  }

  /** What was asked is answered at once, so nothing is left to finish. */
  stop(): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #prepare(channel: AmqpChannel): Promise<void> {
    // A name of its own each time: after a loss the broker may still hold the one before for the dead connection.
    const questions = discoveryQueue(randomUUID());
    const end = (): void => void channel.close();
    await declareDiscovery(channel, questions);
    await channel.consume(questions.queue, (delivery) => this.#answer(channel, delivery), {
      noAck: true,
      onCancelled: end,
    });
    // Last: whoever is counted gets the question.
    await channel.declareQueue(presenceQueue.queue, presenceQueue.options);
    await channel.consume(presenceQueue.queue, () => {}, { noAck: true, onCancelled: end });
  }

  #answer(channel: AmqpChannel, { properties, body }: Delivery): void {
    const { replyTo, correlationId } = properties;
    const { describe, logger } = this.#options;
    if (!replyTo || !channel.isOpen) return;
    try {
      const answer = writeAnswer(describe(), readQuestion(body));
      channel.publish('', replyTo, answer, {
        contentType: 'application/json',
        contentEncoding: 'utf-8',
        deliveryMode: 1,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    } catch (error) {
      logger.warn({ err: error }, `could not say which services run here: ${messageOf(error)}`);
    }
  }
}
