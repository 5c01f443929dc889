import assert from 'node:assert/strict';
import { within } from '../within.ts';
import { deferred } from '../../../foundation/deferred.ts';
import type { AmqpChannel, ConsumeOptions, Delivery } from '../../../protocol/client/index.ts';

/** A consumer that keeps what it gets, in order. */
export class Inbox {
  /** Resolves when the broker ended the consumer. */
  readonly cancelled: Promise<string>;
  readonly received: Delivery[] = [];
  readonly channel: AmqpChannel;
  readonly #queue: string;
  #consumerTag = '';
  #taken = 0;
  #arrived = deferred();

  private constructor(channel: AmqpChannel, queue: string, cancelled: Promise<string>) {
    this.channel = channel;
    this.#queue = queue;
    this.cancelled = cancelled;
  }

  /** Starts the consumer. */
  static async open(channel: AmqpChannel, queue: string, options: ConsumeOptions = {}): Promise<Inbox> {
    const cancelled = deferred<string>();
    const inbox = new Inbox(channel, queue, cancelled.promise);
    const onDelivery = (delivery: Delivery) => inbox.#receive(delivery);
    const { consumerTag } = await channel.consume(queue, onDelivery, { onCancelled: cancelled.resolve, ...options });
    inbox.#consumerTag = consumerTag;
    return inbox;
  }

  get consumerTag(): string {
    return this.#consumerTag;
  }

  /** The bodies of all that came. */
  get texts(): string[] {
    return this.received.map(textOf);
  }

  /** Waits for the next delivery that was not taken. */
  async next(): Promise<Delivery> {
    const [delivery] = await this.take(1);
    assert.ok(delivery);
    return delivery;
  }

  /** Waits for so many more deliveries. */
  async take(count: number): Promise<Delivery[]> {
    const from = this.#taken;
    this.#taken += count;
    const what = () => `${count} more deliveries from queue '${this.#queue}', which gave [${this.texts.join(', ')}]`;
    while (this.received.length < from + count) await within(this.#arrived.promise, what);
    return this.received.slice(from, from + count);
  }

  /** Waits for so many more deliveries and gives their bodies. */
  async takeTexts(count: number): Promise<string[]> {
    return (await this.take(count)).map(textOf);
  }

  /**
   * Waits until what the queue had sent before has arrived: a delivery is ahead of the answer to the second question, since
   * the queue and the channel each keep their order.
   */
  async quiet(): Promise<void> {
    await this.channel.declareQueue(this.#queue, { passive: true });
    await this.channel.declareQueue(this.#queue, { passive: true });
  }

  /** Asserts that exactly these bodies have come, and no more are on the way. */
  async holds(...texts: string[]): Promise<void> {
    await this.take(texts.length - this.#taken);
    await this.quiet();
    assert.deepEqual(this.texts, texts);
  }

  async cancel(): Promise<void> {
    await this.channel.cancel(this.#consumerTag);
  }

  #receive(delivery: Delivery): void {
    this.received.push(delivery);
    const arrived = this.#arrived;
    this.#arrived = deferred();
    arrived.resolve();
  }
}

/** The body of a message. */
export function textOf({ body }: { readonly body: Buffer }): string {
  return body.toString();
}
