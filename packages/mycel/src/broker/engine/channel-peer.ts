import type { ContentMethod, Method } from '../../protocol/codec/index.ts';
import type { Message } from './message.ts';

/**
 * The other end of a channel, seen from the engine. Both are called while the engine is in the middle of its work: they
 * pass on or keep what they are given, do not throw, and do not call the engine
 * back in the same turn, except to pause deliveries.
 */
export interface ChannelPeer {
  /** Sends a method without content: an answer, a confirm, the end of a consumer. */
  send(method: Method): void;
  /** Sends a message: `basic.deliver`, `basic.get-ok`, `basic.return`. */
  sendMessage(method: ContentMethod, message: Message): void;
}

/** The other end of a connection, seen from the engine. The same holds as for a {@link ChannelPeer}. */
export interface ConnectionPeer {
  /** The engine takes no messages for now; it tells each connection once, when that happens or when it is opened. */
  blocked(reason: string): void;
  /** It takes messages again. */
  unblocked(): void;
  /** The engine ends the connection (320: its virtual host was deleted, the broker stops). It is closed already. */
  closed(replyCode: number, replyText: string): void;
}
