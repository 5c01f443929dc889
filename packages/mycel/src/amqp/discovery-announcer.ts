import { randomUUID } from 'node:crypto';
import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { Subscription } from '../transport/subscription.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import { readQuestion, writeAnswer } from './discovery-body.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import { KeptChannel } from './kept-channel.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { bindDiscovery, declareDiscovery, discoveryExchange, discoveryQueue, presenceQueue } from './topology.ts';

/** How long a process waits until it can be found, in milliseconds. */
const patienceMs = 2000;

/** What a {@link DiscoveryAnnouncer} answers, and whom it tells. */
export interface AnnouncerOptions {
  /** Describes the services of this process at this moment. */
  readonly describe: () => readonly object[];
  readonly logger: Logger;
  readonly onClosed: () => void;
  /** @default nobody looks for deleted exchanges */
  readonly watch?: ExchangeWatch;
}

/**
 * Answers those who ask which services this process runs. Questions come through a queue of its own; beside it, a consumer
 * on the presence queue, to which nobody publishes, lets those who ask count the processes.
 */
export class DiscoveryAnnouncer implements Subscription {
  readonly #options: AnnouncerOptions;
  readonly #channel: KeptChannel;
  #questions = '';

  constructor(connection: SupervisedConnection, options: AnnouncerOptions) {
    this.#options = options;
    this.#channel = new KeptChannel(connection, {
      name: 'discovery',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
      onEnded: () => {
        options.watch?.letGo(this.#bindAgain);
        options.onClosed();
      },
    });
  }

  /**
   * Resolves once this process can be found, or with a warning in the log once it is clear that it cannot. Where that takes long it goes
   * on trying, and nobody waits for it: the presence queue may be on a node of a cluster that is down.
   */
  async ready(): Promise<void> {
    try {
      await endsWithin(this.#channel.ready(), patienceMs);
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
    this.#questions = questions.queue;
    await channel.consume(questions.queue, (delivery) => this.#answer(channel, delivery), {
      noAck: true,
      onCancelled: end,
    });
    // Last: whoever is counted gets the question.
    await channel.declareQueue(presenceQueue.queue, presenceQueue.options);
    await channel.consume(presenceQueue.queue, () => {}, { noAck: true, onCancelled: end });
    this.#options.watch?.hangOn(discoveryExchange, this.#bindAgain);
  }

  readonly #bindAgain = async (): Promise<void> => {
    const channel = this.#channel.writable;
    // A refusal closes the channel, and preparing the next tells why.
    if (channel) await bindDiscovery(channel, this.#questions).catch(() => {});
  };

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
