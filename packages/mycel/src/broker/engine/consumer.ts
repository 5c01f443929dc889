import type { RingMember } from './consumer-ring.ts';
import type { Message } from './message.ts';
import type { MessageTaker, QueuedMessage } from './queued-message.ts';

/** What a consumer needs of its channel. */
export interface ConsumerChannel {
  readonly id: number;
  readonly connectionId: string;
  /** Whether the channel as a whole lets messages through now. */
  canDeliver(): boolean;
  /** Sends a message; what is given as queued is unsettled from then on. */
  deliver(consumer: Consumer, message: Message, isRedelivered: boolean, queued: QueuedMessage | undefined): void;
  /** The queue has gone, and the consumer with it. */
  consumerEnded(consumer: Consumer): void;
}

/** What a consumer needs of its queue. */
export interface ConsumedQueue {
  readonly name: string;
  /** Lets the consumer have its turns again. */
  rejoin(consumer: Consumer): void;
  /** Delivers what can be delivered. */
  deliver(): void;
  /** Forgets the consumer. */
  cancel(consumer: Consumer): void;
}

export interface ConsumerOptions {
  readonly tag: string;
  readonly noAck: boolean;
  readonly isExclusive: boolean;
  readonly priority: number;
  /** How many unsettled messages it may have; 0 is any number. Without settlement it never has one. */
  readonly prefetch: number;
}

/** A consumer of a queue: ready for messages while it and its channel have room. */
export class Consumer implements MessageTaker, RingMember<Consumer> {
  readonly tag: string;
  readonly noAck: boolean;
  readonly isExclusive: boolean;
  readonly priority: number;
  readonly prefetch: number;
  readonly queue: ConsumedQueue;
  readonly channel: ConsumerChannel;
  unsettled = 0;
  previous: Consumer | undefined;
  next: Consumer | undefined;
  isInRing = false;

  constructor(queue: ConsumedQueue, channel: ConsumerChannel, options: ConsumerOptions) {
    this.queue = queue;
    this.channel = channel;
    this.tag = options.tag;
    this.noAck = options.noAck;
    this.isExclusive = options.isExclusive;
    this.priority = options.priority;
    this.prefetch = options.prefetch;
  }

  isReady(): boolean {
    return (this.prefetch === 0 || this.unsettled < this.prefetch) && this.channel.canDeliver();
  }

  /** Takes a message that it need not settle. */
  take(message: Message, isRedelivered: boolean): void {
    this.channel.deliver(this, message, isRedelivered, undefined);
  }

  /** Takes a message that it has to settle; `message` is what it gets to see of it. */
  takeToSettle(queued: QueuedMessage, message: Message): void {
    this.unsettled++;
    queued.taker = this;
    this.channel.deliver(this, message, queued.isRedelivered, queued);
  }

  settled(): void {
    this.unsettled--;
  }

  wake(): boolean {
    if (this.isInRing || !this.isReady()) return false;
    this.queue.rejoin(this);
    return true;
  }
}
