import { Alarm } from './alarm.ts';
import type { ConsumedQueue, Consumer } from './consumer.ts';
import type { DeathReason } from './death-record.ts';
import type { Destination } from './destination.ts';
import type { Message } from './message.ts';
import { QueueConsumers } from './queue-consumers.ts';
import type { QueueHost } from './queue-host.ts';
import type { QueueDeclaration, QueueSettings } from './queue-settings.ts';
import { type MessageSource, QueuedMessage } from './queued-message.ts';
import { ReadyMessages } from './ready-messages.ts';

const never = Number.POSITIVE_INFINITY;

/**
 * A queue: messages that are ready, messages that are unsettled with a client, and consumers. Wherever a call ends, either no
 * message is ready or no consumer is. States: in use from the start, then deleted, when it takes and gives nothing any more.
 */
export class Queue implements Destination, MessageSource, ConsumedQueue {
  readonly name: string;
  readonly isQueue = true;
  readonly declaration: QueueDeclaration;
  readonly settings: QueueSettings;
  readonly #host: QueueHost;
  readonly #ready = new ReadyMessages();
  readonly #consumers: QueueConsumers;
  readonly #alarm: Alarm;
  #unsettled = 0;
  #lastSequence = 0;
  #unusedAt = never;
  #isDeleted = false;

  constructor(declaration: QueueDeclaration, host: QueueHost) {
    this.name = declaration.name;
    this.declaration = declaration;
    this.settings = declaration.settings;
    this.#host = host;
    this.#consumers = new QueueConsumers(declaration.settings.isSingleActiveConsumer);
    this.#alarm = new Alarm(host.clock, () => this.#timePassed());
    this.touch();
  }

  /** Counts the messages that wait for a consumer. */
  countReady(): number {
    return this.count().ready;
  }

  /** Counts what is in it; bytes are those of bodies. Dead messages that nobody takes are unsettled too. */
  count(): { readonly ready: number; readonly readyBytes: number; readonly unsettled: number } {
    this.#dropExpired();
    const stuck = this.#host.deadLetters.countStuck(this);
    return { ready: this.#ready.count, readyBytes: this.#ready.bytes, unsettled: this.#unsettled + stuck };
  }

  get consumers(): QueueConsumers {
    return this.#consumers;
  }

  /** Takes a message, and gives it to a consumer at once if one is ready. False when the queue is full and refuses it. */
  offer(message: Message): boolean {
    if (this.#isDeleted) return true;
    if (this.settings.overflow !== 'drop-head' && this.#isBeyondLimits(1, message.body.length)) {
      if (this.settings.overflow === 'reject-publish-dlx') this.#bury(message, 'maxlen');
      return false;
    }
    if (this.#ready.count === 0) {
      const consumer = this.#consumers.turn();
      if (consumer !== undefined) {
        if (consumer.noAck) consumer.take(message, false);
        else this.#giveToSettle(consumer, this.#queue(message));
        return true;
      }
    }
    this.#enqueue(this.#queue(message));
    return true;
  }

  /** Takes the next message out, for `basic.get`. Without `noAck` it is unsettled until it is settled. */
  fetch(noAck: boolean): QueuedMessage | undefined {
    this.touch();
    this.#dropExpired();
    const queued = this.#ready.shift();
    if (queued === undefined) return undefined;
    if (noAck) this.#host.memory.release(queued.message);
    else this.#unsettled++;
    this.#watchTime();
    return queued;
  }

  /** The message as a client gets to see it: that of a quorum queue tells how many times it came back. */
  appearanceOf(queued: QueuedMessage, alwaysCounted = false): Message {
    const { message, returns } = queued;
    if (this.settings.type !== 'quorum' || (returns === 0 && !alwaysCounted)) return message;
    return message.withHeader('x-delivery-count', returns);
  }

  consume(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.#host.countConsumers(1);
    this.touch();
    this.deliver();
  }

  cancel(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return;
    this.#host.countConsumers(-1);
    this.touch();
    if (this.declaration.isAutoDelete && this.#consumers.count === 0) this.#host.queueIsUnused(this.name);
    else this.deliver();
  }

  rejoin(consumer: Consumer): void {
    this.#consumers.rejoin(consumer);
  }

  acknowledge({ message }: QueuedMessage): void {
    this.#unsettled--;
    this.#host.memory.release(message);
  }

  reject(queued: QueuedMessage): void {
    this.acknowledge(queued);
    if (!this.#isDeleted) this.#bury(queued.message, 'rejected');
  }

  takeBack(queued: QueuedMessage, isRequested: boolean): void {
    queued.returns++;
    if (this.#isDeleted) {
      this.acknowledge(queued);
    } else if (queued.returns > this.settings.deliveryLimit) {
      this.acknowledge(queued);
      this.#bury(queued.message, 'delivery_limit');
    } else {
      this.#unsettled--;
      queued.taker = undefined;
      this.#putBack(queued, isRequested);
    }
  }

  deliver(): void {
    if (this.#isDeleted) return;
    this.#dropBeyondLimits();
    this.#dropExpired();
    while (this.#ready.count > 0) {
      const consumer = this.#consumers.turn();
      if (consumer === undefined) break;
      const queued = this.#ready.shift();
      if (queued === undefined) break;
      if (consumer.noAck) {
        this.#host.memory.release(queued.message);
        consumer.take(this.appearanceOf(queued), queued.isRedelivered);
      } else {
        this.#giveToSettle(consumer, queued);
      }
      this.#dropExpired();
    }
    this.#watchTime();
  }

  /** Lets go of all ready messages, and counts them. */
  purge(): number {
    const { count } = this.#ready;
    for (let queued = this.#ready.shift(); queued !== undefined; queued = this.#ready.shift()) {
      this.#host.memory.release(queued.message);
    }
    return count;
  }

  /** Begins the time anew that the queue may be unused (`x-expires`). */
  touch(): void {
    const { expiresMs } = this.settings;
    if (expiresMs === never) return;
    this.#unusedAt = this.#consumers.count > 0 ? never : this.#host.clock.now() + expiresMs;
    this.#watchTime();
  }

  /** Ends the queue, its consumers and its messages. Its host has forgotten it before. */
  end(): void {
    this.#isDeleted = true;
    this.#alarm.stop();
    this.#host.countConsumers(-this.#consumers.count);
    for (const consumer of this.#consumers.clear()) consumer.channel.consumerEnded(consumer);
    this.#host.deadLetters.forget(this);
    this.purge();
  }

  #queue(message: Message): QueuedMessage {
    this.#host.memory.hold(message);
    const { maxPriority } = this.settings;
    const priority = maxPriority === 0 ? 0 : Math.min(message.priority, maxPriority);
    return new QueuedMessage(message, this, ++this.#lastSequence, priority, this.#expiryOf(message));
  }

  #enqueue(queued: QueuedMessage): void {
    this.#ready.push(queued);
    this.#dropBeyondLimits();
    if (queued.expiresAt === never || this.#ready.first !== queued) return;
    this.#dropExpired();
    this.#watchTime();
  }

  /**
   * Where it was; in a quorum queue, as in RabbitMQ, behind those that came back before it, and at the very end if a client
   * asked for it and could do so for ever.
   */
  #putBack(queued: QueuedMessage, isRequested: boolean): void {
    const isQuorum = this.settings.type === 'quorum';
    if (isQuorum) queued.sequence = ++this.#lastSequence;
    if (isQuorum && isRequested && this.settings.deliveryLimit === never) this.#ready.push(queued);
    else this.#ready.putBack(queued);
  }

  #giveToSettle(consumer: Consumer, queued: QueuedMessage): void {
    this.#unsettled++;
    consumer.takeToSettle(queued, this.appearanceOf(queued));
  }

  #expiryOf(message: Message): number {
    const ttl = Math.min(message.expirationMs, this.settings.messageTtlMs);
    return ttl === never ? never : this.#host.clock.now() + ttl;
  }

  #isBeyondLimits(moreMessages: number, moreBytes: number): boolean {
    const { maxLength, maxLengthBytes } = this.settings;
    return this.#ready.count + moreMessages > maxLength || this.#ready.bytes + moreBytes > maxLengthBytes;
  }

  #dropBeyondLimits(): void {
    if (this.settings.overflow !== 'drop-head') return;
    while (this.#ready.count > 0 && this.#isBeyondLimits(0, 0)) this.#dropFirst('maxlen');
  }

  /** Messages expire where they would go next: those behind wait for their turn. */
  #dropExpired(): void {
    if ((this.#ready.first?.expiresAt ?? never) === never) return;
    const now = this.#host.clock.now();
    while ((this.#ready.first?.expiresAt ?? never) <= now) this.#dropFirst('expired');
  }

  #dropFirst(reason: DeathReason): void {
    const message = this.#ready.shift()?.message;
    if (message === undefined) return;
    this.#host.memory.release(message);
    this.#bury(message, reason);
  }

  #bury(message: Message, reason: DeathReason): void {
    this.#host.deadLetters.send(message, this, reason);
  }

  #watchTime(): void {
    const firstExpiry = this.#ready.first?.expiresAt ?? never;
    if (firstExpiry !== never || this.#unusedAt !== never) this.#alarm.setTo(Math.min(firstExpiry, this.#unusedAt));
  }

  #timePassed(): void {
    if (this.#host.clock.now() >= this.#unusedAt) {
      this.#host.queueIsUnused(this.name);
      return;
    }
    this.#dropExpired();
    this.#watchTime();
  }
}
