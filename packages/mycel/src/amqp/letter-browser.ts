import { deferred, type Deferred } from '../foundation/deferred.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import { goodbyeMs } from './kept-channel.ts';

/** How many deliveries come ahead: at first, and at most, where letters are small. */
const window = { first: 100, most: 1000, bytes: 16 * 1024 ** 2, least: 10 };

/** A broker that delivers nothing for so long is asked whether anything is left. */
const quietMs = 200;

/** So often it is asked while it says that there is something and delivers nothing. */
const mostQuiet = 25;

/** RabbitMQ gives back the messages of one consumer and frame in their order, as long as there are not more of them. */
const returnedAtOnce = 30;

/** It gathers more frames than this, while it is busy, into one. */
const framesAtOnce = 16;

/** What is not given back by then goes back with the channel. */
const mostGivingBackMs = 10_000;

/**
 * Shows the messages of a queue one after the other, as they stand, up to the number that was there at the beginning. Those that
 * are kept stay unsettled, so that none comes twice, and go back in their order at the end.
 *
 * The broker delivers ahead up to a window. When the window is full of kept ones, the consumer is replaced by one with a
 * new and wider window; so what this process holds does not grow with what is kept.
 */
export class LetterBrowser {
  readonly #channel: AmqpChannel;
  readonly #queue: string;
  readonly #arrived: Delivery[] = [];
  /** What is to be given back, one frame each: all up to a tag. */
  readonly #returns: { readonly tag: number; count: number }[] = [];
  #unreturned = 0;
  #lastKept = 0;
  #left: number;
  #inHand = 0;
  #consumer: string | undefined;
  #window = window.first;
  #keptInWindow = 0;
  #seen = 0;
  #seenBytes = 0;
  #quiet = 0;
  #isOver = false;
  #isClosing = false;
  #stirred: Deferred<void> | undefined;

  /** `count` messages are there to be seen. */
  constructor(channel: AmqpChannel, queue: string, count: number) {
    this.#channel = channel;
    this.#queue = queue;
    this.#left = count;
    void channel.closed.then(() => this.#stir());
  }

  /** How many never came, because somebody else had them in hand. */
  get missed(): number {
    return this.#left;
  }

  /** Gives the next message; `undefined` when all were seen, or the signal aborts. Rejects when the channel is lost. */
  async next(signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    const stir = (): void => this.#stir();
    signal?.addEventListener('abort', stir);
    try {
      while (this.#mayGoOn(signal)) {
        await this.#assertOpen();
        const delivery = this.#arrived.shift();
        if (delivery) return this.#handOut(delivery);
        if (this.#consumer === undefined || this.#keptInWindow >= this.#window) await this.#openWindow();
        else if (!(await this.#isStirred()) && this.#inHand === 0) await this.#askForMore();
      }
      return undefined;
    } finally {
      signal?.removeEventListener('abort', stir);
    }
  }

  /** Leaves a message where it is. */
  keep({ deliveryTag }: Delivery): void {
    this.#keptInWindow += 1;
    this.#noteReturn(deliveryTag);
    this.#settled();
  }

  /** Deletes a message. */
  remove({ deliveryTag }: Delivery): void {
    // What is given back by now was given back with it, and the broker does not take a tag twice.
    if (this.#channel.isOpen && !this.#isClosing) this.#channel.ack(deliveryTag);
    this.#settled();
  }

  /** Gives back what was kept and what was not looked at, and closes the channel. Never rejects. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await endsWithin(this.#giveBack(), mostGivingBackMs).catch(() => {}); // a lost channel gives back all by itself
    await endsWithin(this.#channel.close(), goodbyeMs);
  }

  /**
   * Closing the channel would do, but RabbitMQ then loses the order, and more so when it is told of many at once: it is told of a
   * few, until it has them ready again.
   */
  async #giveBack(): Promise<void> {
    await this.#endConsumer();
    for (const { deliveryTag } of this.#arrived) this.#noteReturn(deliveryTag);
    this.#endReturn();
    let ready = await this.#countReady();
    for (let first = 0; first < this.#returns.length; first += framesAtOnce) {
      for (const { tag, count } of this.#returns.slice(first, first + framesAtOnce)) {
        this.#channel.nack(tag, { multiple: true });
        ready += count;
      }
      if (!(await this.#isReady(ready))) return;
    }
  }

  /** False if somebody else takes them: they do not become more for a while. */
  async #isReady(count: number): Promise<boolean> {
    let most = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      const ready = await this.#countReady();
      if (ready >= count) return true;
      if (ready > most) [most, attempt] = [ready, 0];
      await pause(attempt * 5);
    }
    return false;
  }

  async #countReady(): Promise<number> {
    return (await this.#channel.declareQueue(this.#queue, { passive: true })).messageCount;
  }

  #noteReturn(tag: number): void {
    this.#lastKept = Math.max(this.#lastKept, tag);
    this.#unreturned += 1;
    if (this.#unreturned === returnedAtOnce) this.#endReturn();
  }

  #endReturn(): void {
    const last = this.#returns.at(-1);
    // A replay that failed late is below a tag that was noted before.
    if (last?.tag === this.#lastKept) last.count += this.#unreturned;
    else if (this.#unreturned > 0) this.#returns.push({ tag: this.#lastKept, count: this.#unreturned });
    this.#unreturned = 0;
  }

  #mayGoOn(signal: AbortSignal | undefined): boolean {
    return this.#left > 0 && !this.#isOver && signal?.aborted !== true;
  }

  #handOut(delivery: Delivery): Delivery {
    this.#left -= 1;
    this.#inHand += 1;
    this.#quiet = 0;
    this.#seen += 1;
    this.#seenBytes += delivery.body.length;
    return delivery;
  }

  #settled(): void {
    this.#inHand -= 1;
    this.#stir();
  }

  async #openWindow(): Promise<void> {
    if (this.#consumer !== undefined) {
      await this.#endConsumer();
      this.#endReturn(); // what two consumers got does not come back in order by one frame
      const fitting = Math.floor(window.bytes / Math.max(1, this.#seenBytes / this.#seen));
      this.#window = Math.max(window.least, Math.min(this.#window * 2, window.most, fitting));
    }
    this.#keptInWindow = 0;
    await this.#channel.qos(this.#window);
    const { consumerTag } = await this.#channel.consume(this.#queue, (delivery) => this.#take(delivery), {
      isRemembered: false,
      onCancelled: () => this.#end(),
    });
    this.#consumer = consumerTag;
  }

  async #endConsumer(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    if (consumer !== undefined && this.#channel.isOpen) await this.#channel.cancel(consumer);
  }

  #take(delivery: Delivery): void {
    this.#arrived.push(delivery);
    this.#stir();
  }

  /** The queue was deleted. */
  #end(): void {
    this.#isOver = true;
    this.#stir();
  }

  /** Waits for anything to happen; false if nothing does. */
  async #isStirred(): Promise<boolean> {
    this.#stirred = deferred();
    return endsWithin(this.#stirred.promise, quietMs);
  }

  #stir(): void {
    this.#stirred?.resolve();
  }

  /** Others may look at the queue as well, and have in hand what was counted here. */
  async #askForMore(): Promise<void> {
    const ready = await this.#countReady();
    this.#quiet += 1;
    // Twice, since what is on its way counts as delivered already.
    if (this.#arrived.length === 0 && (this.#quiet >= mostQuiet || (ready === 0 && this.#quiet > 1))) this.#end();
  }

  async #assertOpen(): Promise<void> {
    if (this.#channel.isOpen) return;
    const { error } = await this.#channel.closed;
    throw error ?? new Error('the channel of the dead letters was closed');
  }
}
