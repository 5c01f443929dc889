import { randomUUID } from 'node:crypto';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import { isLoss } from './broker-refusal.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { controlExchange, declareBound, declareShared, watchQueue } from './topology.ts';

/** The routing key of all that processes tell each other about exchanges. */
const newsKey = 'mycel.exchange-restored';

/**
 * What is told of an exchange: that it is missing, and will be restored in a moment; that it was missing, and is restored; that it may have
 * been deleted, though it was there when it was looked for.
 */
export type ExchangeState = 'missing' | 'restored' | 'suspected';

/** The types of the messages. */
const types: Readonly<Record<ExchangeState, string | undefined>> = {
  missing: 'missing',
  restored: undefined,
  suspected: 'suspicion',
};

/** Who hears the news. */
export interface NewsListener {
  /** Must not throw. What this process itself has told comes back, too. */
  readonly onNews: (exchange: string, state: ExchangeState) => void;
  /** What was told until now may not have been heard: the channel is new, the first one or another after a loss. Must not throw. */
  readonly onAttached: (isFirst: boolean) => void;
}

/**
 * What processes tell each other about exchanges, on a channel that is opened when it is needed, and another one after a loss: to ask for an
 * exchange that is missing is one, since the broker closes the channel.
 */
export class ExchangeNews {
  readonly #connection: SupervisedConnection;
  readonly #listener: NewsListener;
  #channel: AmqpChannel | undefined;
  #opening: Promise<AmqpChannel> | undefined;
  #isClosed = false;

  constructor(connection: SupervisedConnection, listener: NewsListener) {
    this.#connection = connection;
    this.#listener = listener;
  }

  /** The channel on which news is heard, opened if need be. Rejects with the broker's refusal, or the loss of the connection. */
  attached(): Promise<AmqpChannel> {
    if (this.#channel?.isOpen) return Promise.resolve(this.#channel);
    this.#opening ??= this.#attach().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /**
   * Tells all others, until they are told: nobody else may ever find the exchange missing, if it is there again. Declares it, unless it is to be
   * missing yet. Rejects with the broker's refusal, or once it is closed.
   */
  async tell(exchange: string, state: ExchangeState): Promise<void> {
    const type = types[state];
    for (;;) {
      try {
        const channel = await this.attached();
        // Those who only publish have nothing that declares it again.
        if (state !== 'missing') await declareShared(channel, exchange);
        await channel.publishConfirmed(controlExchange, newsKey, exchange, type === undefined ? {} : { type });
        return;
      } catch (error) {
        if (this.#isClosed || !isLoss(error)) throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    void this.#channel?.close();
  }

  async #attach(): Promise<AmqpChannel> {
    const channel = await (await this.#connection.whenOpen()).openChannel();
    const plan = watchQueue(randomUUID());
    await channel.confirmSelect();
    await declareShared(channel, controlExchange);
    await declareBound(channel, plan, controlExchange, newsKey);
    await channel.consume(plan.queue, (told) => this.#hear(told), { noAck: true });
    const isFirst = this.#channel === undefined;
    this.#channel = channel;
    this.#listener.onAttached(isFirst);
    return channel;
  }

  #hear({ body, properties: { type } }: Delivery): void {
    const state = type === types.missing ? 'missing' : type === types.suspected ? 'suspected' : 'restored';
    this.#listener.onNews(body.toString(), state);
  }
}
