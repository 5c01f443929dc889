import type { FieldTable } from '../../protocol/codec/index.ts';

/** What a queue was declared to do, read from its arguments. A limit that it does not have is `Infinity`. */
export interface QueueSettings {
  readonly type: 'classic' | 'quorum';
  /** `x-message-ttl` */
  readonly messageTtlMs: number;
  /** `x-expires`: how long it may be unused. */
  readonly expiresMs: number;
  readonly maxLength: number;
  readonly maxLengthBytes: number;
  readonly overflow: 'drop-head' | 'reject-publish' | 'reject-publish-dlx';
  readonly deadLetterExchange: string | undefined;
  readonly deadLetterRoutingKey: string | undefined;
  /** A dead message is kept until every queue that it is routed to has taken it. */
  readonly deadLettersAtLeastOnce: boolean;
  /** 0 without priorities. */
  readonly maxPriority: number;
  readonly isSingleActiveConsumer: boolean;
  /** How many times a message may come back before it is dead-lettered. */
  readonly deliveryLimit: number;
}

/** What a queue is. */
export interface QueueDeclaration {
  readonly name: string;
  readonly isDurable: boolean;
  readonly isAutoDelete: boolean;
  /** The id of the connection it belongs to and goes with. */
  readonly owner: string | undefined;
  readonly arguments: FieldTable;
  readonly settings: QueueSettings;
}
