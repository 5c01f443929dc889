import type { FieldTable } from '../codec/field-value.ts';
import type { AmqpError } from '../codec/amqp-error.ts';

/** How an exchange is declared. RabbitMQ answers 406 when it exists with other settings. */
export interface ExchangeOptions {
  /** Survives a restart of the broker. @default false */
  readonly durable?: boolean;
  /** Goes when its last binding goes. @default false */
  readonly autoDelete?: boolean;
  /** Takes messages from other exchanges only. @default false */
  readonly internal?: boolean;
  /** Only asks whether it exists: 404 when not. @default false */
  readonly passive?: boolean;
  /** @default {} */
  readonly arguments?: FieldTable;
}

/** How a queue is declared. RabbitMQ answers 406 when it exists with other settings. */
export interface QueueOptions {
  /** Survives a restart of the broker. @default false */
  readonly durable?: boolean;
  /** Belongs to this connection and goes with it. @default false */
  readonly exclusive?: boolean;
  /** Goes when its last consumer goes. @default false */
  readonly autoDelete?: boolean;
  /** Only asks whether it exists: 404 when not. @default false */
  readonly passive?: boolean;
  /** `x-message-ttl`, `x-queue-type`, ... @default {} */
  readonly arguments?: FieldTable;
}

/** What the broker says of a declared queue. */
export interface QueueInfo {
  /** Its name, chosen by the broker when it was declared as `''`. */
  readonly queue: string;
  /** Messages ready for delivery. */
  readonly messageCount: number;
  readonly consumerCount: number;
}

/** When a queue is deleted. */
export interface DeleteQueueOptions {
  /** Refuses (406) while it has consumers. @default false */
  readonly ifUnused?: boolean;
  /** Refuses (406) while it has messages. @default false */
  readonly ifEmpty?: boolean;
}

/** How far ahead the broker delivers. */
export interface QosOptions {
  /** One limit for the whole channel instead of one for each consumer started afterwards. @default false */
  readonly global?: boolean;
  /** A limit in bytes; RabbitMQ knows only 0, none. @default 0 */
  readonly prefetchSize?: number;
}

/** How a consumer is started. */
export interface ConsumeOptions {
  /** The broker counts a message as acknowledged once it is sent. @default false */
  readonly noAck?: boolean;
  /** No other consumer on this queue: 403 when there is one. @default false */
  readonly exclusive?: boolean;
  /** Unique on its channel. @default chosen by the broker */
  readonly consumerTag?: string;
  /** The channel remembers what is unsettled (`unsettled`). Without, a consumer that leaves many unsettled holds none of them. @default true */
  readonly isRemembered?: boolean;
  /** `x-priority`, ... @default {} */
  readonly arguments?: FieldTable;
  /**
   * Called once when the broker ended the consumer: its queue was deleted, its node went down, or it did not acknowledge in time (RabbitMQ 4.3). Not called for
   * `cancel()`, nor when the channel closes.
   */
  readonly onCancelled?: (reason: string) => void;
}

/** How a message is fetched. */
export interface GetOptions {
  /** Counts as acknowledged at once. @default false */
  readonly noAck?: boolean;
}

/** How a delivery is refused. */
export interface NackOptions {
  /** Everything up to this tag. @default false */
  readonly multiple?: boolean;
  /** Back to the queue; otherwise dropped or dead-lettered. @default true */
  readonly requeue?: boolean;
}

/** Why a channel is closed. */
export interface ChannelClosed {
  /** `client`: by `close()`; `server`: by an error of the protocol; `connection`: with its connection. */
  readonly reason: 'client' | 'server' | 'connection';
  readonly error?: AmqpError;
}

/** Why a connection is closed. */
export interface ConnectionClosed {
  /** `client`: by `close()`; `server`: the broker said so; `lost`: without a goodbye. */
  readonly reason: 'client' | 'server' | 'lost';
  readonly error?: AmqpError;
}
