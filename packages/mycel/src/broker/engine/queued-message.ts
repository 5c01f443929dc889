import type { Message } from './message.ts';

/** What the settlement of a delivery asks of the queue it came from. None of these delivers anything but the last. */
export interface MessageSource {
  acknowledge(message: QueuedMessage): void;
  /** Dead-letters it or lets it go. */
  reject(message: QueuedMessage): void;
  /** Puts it back: the client asked for it, or has gone. */
  takeBack(message: QueuedMessage, isRequested: boolean): void;
  /** Delivers what can be delivered. */
  deliver(): void;
}

/** What the settlement of a delivery tells the consumer it went to. */
export interface MessageTaker {
  /** One message less is with it. */
  settled(): void;
  /** Lets its queue ask it again, if it was full and is not any more; tells whether that was so. */
  wake(): boolean;
}

/** A message in a queue, or with a client until that settles it: what the queue knows of it. */
export class QueuedMessage {
  readonly message: Message;
  readonly source: MessageSource;
  /** Its place among the messages of its priority. */
  sequence: number;
  readonly priority: number;
  /** By the clock of the broker; `Infinity` for never. */
  readonly expiresAt: number;
  /** How many times it came back unsettled or requeued. */
  returns = 0;
  /** By which the client settles it. */
  deliveryTag = 0;
  /** Who has it; nobody when it was fetched. */
  taker: MessageTaker | undefined;

  constructor(message: Message, source: MessageSource, sequence: number, priority: number, expiresAt: number) {
    this.message = message;
    this.source = source;
    this.sequence = sequence;
    this.priority = priority;
    this.expiresAt = expiresAt;
  }

  get isRedelivered(): boolean {
    return this.returns > 0;
  }
}
