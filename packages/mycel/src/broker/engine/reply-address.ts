import type { Destination } from './destination.ts';
import { generateName } from './generated-name.ts';
import type { Message } from './message.ts';

/** What a client consumes, and gives as `reply-to`, for direct replies. https://www.rabbitmq.com/docs/direct-reply-to */
export const directReplyTo = 'amq.rabbitmq.reply-to';

/** Where direct replies to one channel go: a name that anyone can publish to, with no queue behind it. */
export class ReplyAddress implements Destination {
  readonly name: string = generateName(`${directReplyTo}.`);
  readonly isQueue = false;
  readonly consumerTag: string;
  #deliver: ((message: Message) => void) | undefined;

  constructor(consumerTag: string, deliver: (message: Message) => void) {
    this.consumerTag = consumerTag;
    this.#deliver = deliver;
  }

  offer(message: Message): boolean {
    this.#deliver?.(message);
    return true;
  }

  /** Nobody is there any more. What a transaction has routed here before it is committed is gone. */
  close(): void {
    this.#deliver = undefined;
  }
}
