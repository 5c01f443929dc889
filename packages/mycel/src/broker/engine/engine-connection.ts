import type { FieldTable } from '../../protocol/codec/index.ts';
import type { ChannelPeer, ConnectionPeer } from './channel-peer.ts';
import { EngineChannel } from './engine-channel.ts';

/** Who connects, and the peer that stands for it. */
export interface EngineConnectionOptions {
  readonly vhost: string;
  /** Who it has proved to be. The `user-id` of its messages must be this one. */
  readonly user: string;
  /** For people: what the client calls its connection. */
  readonly name?: string;
  /** For people: where the client is. */
  readonly peerAddress?: string;
  /** What the client said of itself; of its capabilities `consumer_cancel_notify` is acted on. */
  readonly clientProperties?: FieldTable;
  readonly peer: ConnectionPeer;
}

/** A connection to the broker, seen from the broker. Open until {@link close}, or until the broker ended it. */
export class EngineConnection {
  readonly id: string;
  readonly vhost: string;
  readonly user: string;
  readonly name: string | undefined;

  constructor(id: string, { vhost, user, name }: EngineConnectionOptions) {
    this.id = id;
    this.vhost = vhost;
    this.user = user;
    this.name = name;
  }

  /** Opens a channel. Its number must not be that of an open one. */
  openChannel(id: number, peer: ChannelPeer): EngineChannel {
    return new EngineChannel(id, peer);
  }

  /**
   * Lets messages for consumers wait in their queues: the client cannot take more now. Answers and fetched messages still come.
   * The one thing a peer may call while it is being called: the delivery in hand is then the last.
   */
  pauseDeliveries(): void {}

  /** Goes on delivering. */
  resumeDeliveries(): void {}

  /** Closes its channels, puts back what they have not settled, and deletes its exclusive queues. Idempotent. */
  close(): void {}
}
