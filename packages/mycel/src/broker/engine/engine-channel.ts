import type { Method } from '../../protocol/codec/index.ts';
import type { BasicPublish } from '../../protocol/codec/methods/basic.ts';
import type { ChannelPeer } from './channel-peer.ts';
import type { PublishedContent } from './message.ts';

/** A channel of a connection to the broker, seen from the broker. Open until {@link close}. */
export class EngineChannel {
  readonly id: number;
  readonly #peer: ChannelPeer;

  constructor(id: number, peer: ChannelPeer) {
    this.id = id;
    this.#peer = peer;
  }

  /**
   * Acts on a method of the client and answers through the peer, unless it said `noWait`. Takes every method of a client but
   * `channel.open`, `channel.close`, those of class connection, and `basic.publish`. Throws an `AmqpFault`; the caller then
   * tells the client and closes the channel or the connection.
   */
  handle(method: Method): void {
    void this.#peer;
    void method;
  }

  /** Takes a message. Throws an `AmqpFault` as {@link handle} does. */
  publish(method: BasicPublish, content: PublishedContent): void {
    void method;
    void content;
  }

  /** Ends its consumers, puts back what it has not settled, and rolls its transaction back. Idempotent. */
  close(): void {
    void this.#peer;
  }
}
