import type { PlainTable } from './plain-fields.ts';

/** What the broker has at this moment, as plain JSON. All counts are exact. */
export interface BrokerStatus {
  readonly vhosts: readonly VhostStatus[];
  readonly connections: readonly ConnectionStatus[];
  readonly memory: MemoryStatus;
  readonly totals: BrokerTotals;
}

export interface VhostStatus {
  readonly name: string;
  readonly exchanges: readonly ExchangeStatus[];
  /** Without those of the default exchange, which has one for each queue. */
  readonly bindings: readonly BindingStatus[];
  readonly queues: readonly QueueStatus[];
}

export interface ExchangeStatus {
  readonly name: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: PlainTable;
}

export interface BindingStatus {
  /** The exchange that messages come from. */
  readonly source: string;
  readonly destination: string;
  readonly destinationType: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: PlainTable;
}

export interface QueueStatus {
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The id of the connection that owns an exclusive queue. */
  readonly exclusiveTo: string | null;
  /** As declared: what the broker only noted (`x-queue-type`) included. */
  readonly arguments: PlainTable;
  /** Messages that wait for a consumer. */
  readonly ready: number;
  /** Messages that are with a consumer and not yet settled. */
  readonly unsettled: number;
  /** Bytes of the bodies that are ready. */
  readonly readyBytes: number;
  readonly consumers: readonly ConsumerStatus[];
}

export interface ConsumerStatus {
  readonly tag: string;
  readonly connection: string;
  readonly channel: number;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly prefetch: number;
  readonly priority: number;
  /** Whether messages may go to it: with `x-single-active-consumer`, one at a time is. */
  readonly active: boolean;
  readonly unsettled: number;
}

export interface ConnectionStatus {
  readonly id: string;
  readonly vhost: string;
  readonly user: string;
  readonly name: string | null;
  readonly peerAddress: string | null;
  readonly clientProperties: PlainTable;
  /** Its socket is full: deliveries wait. */
  readonly paused: boolean;
  readonly channels: readonly ChannelStatus[];
}

export interface ChannelStatus {
  readonly id: number;
  readonly mode: 'plain' | 'confirm' | 'transaction';
  /** The limit of `basic.qos` for consumers to come; 0 is none. */
  readonly prefetch: number;
  /** The limit of `basic.qos` with `global` for all its consumers together; 0 is none. */
  readonly channelPrefetch: number;
  readonly consumers: number;
  readonly unsettled: number;
}

export interface MemoryStatus {
  /** What the messages kept take: each content once, and something for each queue it stands in. */
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Why publishers are blocked, if they are. */
  readonly blocked: string | null;
}

/** What has happened since the broker began. */
export interface BrokerTotals {
  readonly published: number;
  /** Published messages that no queue took. */
  readonly unroutable: number;
  /** Sent to consumers or fetched, redeliveries included. */
  readonly delivered: number;
  readonly acknowledged: number;
  readonly requeued: number;
  readonly deadLettered: number;
}
