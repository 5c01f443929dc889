import { randomUUID } from 'node:crypto';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import type { OptionalExchanges } from './optional-exchanges.ts';
import {
  controlExchange,
  declareBound,
  declareShared,
  declareTopic,
  replyQueue,
  shortcutExchange,
} from './topology.ts';

/** What a {@link ReplyQueue} hangs on. */
export interface ReplyQueueOptions {
  /** The exchange of calls. */
  readonly exchange: string;
  /** Names the queue for people. */
  readonly owner: string;
  readonly extras: OptionalExchanges;
  /** @default nobody looks for deleted exchanges */
  readonly watch?: ExchangeWatch | undefined;
  /** Has it bound again; must not reject. */
  readonly bindAgain: () => Promise<void>;
}

/** The queue of the replies to this process, exclusive, another one on each channel: after a loss the broker may still hold the one before for the dead connection. */
export class ReplyQueue {
  readonly #options: ReplyQueueOptions;
  #id = '';
  #hasShortcut = false;
  #hasControl = false;

  constructor(options: ReplyQueueOptions) {
    this.#options = options;
  }

  /** What requests carry as `reply_to`. */
  get id(): string {
    return this.#id;
  }

  /** Tells whether replies by the shortcut reach it. */
  get hasShortcut(): boolean {
    return this.#hasShortcut;
  }

  /** Tells whether cancellations may be sent. */
  get hasControl(): boolean {
    return this.#hasControl;
  }

  /** Declares and binds another queue and consumes from it. */
  async attach(channel: AmqpChannel, deliver: (delivery: Delivery) => void): Promise<void> {
    const { exchange, owner, extras, watch, bindAgain } = this.#options;
    const [hasShortcut, hasControl] = await Promise.all([
      extras.isUsable(shortcutExchange),
      extras.isUsable(controlExchange),
    ]);
    await declareTopic(channel, exchange);
    const id = randomUUID();
    const plan = replyQueue(owner, id);
    await declareBound(channel, plan, exchange, id);
    if (hasShortcut) await channel.bindQueue(plan.queue, shortcutExchange, id);
    await channel.consume(plan.queue, deliver, { noAck: true, onCancelled: () => void channel.close() });
    [this.#id, this.#hasShortcut, this.#hasControl] = [id, hasShortcut, hasControl];
    for (const shared of this.#exchanges) watch?.hangOn(shared, bindAgain);
  }

  /** Binds it to exchanges of which some were gone. */
  async bind(channel: AmqpChannel): Promise<void> {
    const { exchange, owner } = this.#options;
    for (const shared of this.#exchanges) await declareShared(channel, shared);
    const { queue } = replyQueue(owner, this.#id);
    await channel.bindQueue(queue, exchange, this.#id);
    if (this.#hasShortcut) await channel.bindQueue(queue, shortcutExchange, this.#id);
  }

  get #exchanges(): readonly string[] {
    const { exchange } = this.#options;
    return [exchange, ...(this.#hasShortcut ? [shortcutExchange] : []), ...(this.#hasControl ? [controlExchange] : [])];
  }
}
