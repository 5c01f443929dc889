import type { Message } from './message.ts';

/** Where a message can be routed to: a queue, or the address of a client that waits for a direct reply. */
export interface Destination {
  readonly name: string;
  /** As in RabbitMQ a mandatory message comes back if it reached no queue, though an address has got it. */
  readonly isQueue: boolean;
  /** Takes a message; false when it is refused, which the publisher learns by `basic.nack`. */
  offer(message: Message): boolean;
}
