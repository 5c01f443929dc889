import type { AmqpError } from '../codec/amqp-error.ts';
import type { Content } from '../codec/content-assembler.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicPublish } from '../codec/methods/basic.ts';
import type { Method } from '../codec/methods/method.ts';

/**
 * What carries methods and messages between a connection and its broker: in order, and never within the call that
 * sends. It is open when a connection takes it over, and ends once.
 */
export interface Link {
  /** Hands what comes to this owner from now on. */
  attach(owner: LinkOwner): void;
  /** Sends a method; channel 0 is the connection itself. Throws `UnencodableError`, and then nothing was sent. */
  send(channel: number, method: Method): void;
  /** Sends a message, of whose memory nothing is kept. Throws as {@link send} does. */
  publish(channel: number, method: BasicPublish, properties: MessageProperties, body: Uint8Array): void;
  /** Bytes that wait on this side. */
  readonly writableLength: number;
  /** Resolves when little or nothing waits any more, or the link has ended. */
  drained(): Promise<void>;
  /** Sends what is left, then ends. Nothing more is received. */
  end(): void;
  /** Ends at once, unless it is ending already. */
  destroy(): void;
}

/** Who hears what comes over a {@link Link}. What its callbacks throw while they receive is handed to `onBroken`. */
export interface LinkOwner {
  /** Tells whether anything may come for a channel; 0 is not asked for. */
  readonly hasChannel: (channel: number) => boolean;
  /** Takes a method that carries no content. */
  readonly onMethod: (channel: number, method: Method) => void;
  /** Takes a message: a delivery, an answer to `basic.get`, a return. */
  readonly onContent: (channel: number, content: Content) => void;
  /** The peer broke the protocol: what it still sends is of no use, but it can be told. */
  readonly onBroken: (error: AmqpError) => void;
  /** The link has ended, or its peer is dead. */
  readonly onGone: (error: AmqpError) => void;
}
