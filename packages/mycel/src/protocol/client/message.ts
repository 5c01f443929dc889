import type { MessageProperties } from '../codec/message-properties.ts';

/** A message as it reached a consumer or `get`. */
export interface Delivery {
  /** Unique on its channel; 64 bits on the wire, a number because no channel lives for 2^53 messages. */
  readonly deliveryTag: number;
  /** The broker delivered it before, to someone who did not acknowledge it. */
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  /** Which consumer it is for; empty when it was fetched by `get`. */
  readonly consumerTag: string;
  readonly properties: MessageProperties;
  /** A view on received memory, not shared with another message's bytes. Copy it to keep a small body for long. */
  readonly body: Buffer;
}

/** Why the broker sent a mandatory message back. */
export interface ReturnedMessageInfo {
  /** 312 for no route. */
  readonly replyCode: number;
  readonly replyText: string;
}

/** A mandatory message that no queue took. */
export interface ReturnedMessage extends ReturnedMessageInfo {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: MessageProperties;
  readonly body: Buffer;
}

/** What became of a confirmed publish. */
export interface PublishOutcome {
  /** Set when the message was mandatory and no queue took it: the broker took charge of it, and sent it back. */
  readonly returned?: ReturnedMessageInfo;
}

/** How a message is published. */
export interface PublishOptions {
  /** The broker sends the message back when no queue takes it. @default false */
  readonly mandatory?: boolean;
  /** Only to a consumer that waits for it. RabbitMQ refuses that: it closes the connection (540). @default false */
  readonly immediate?: boolean;
}
