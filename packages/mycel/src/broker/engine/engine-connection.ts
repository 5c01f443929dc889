import type { FieldTable, FieldValue } from '../../protocol/codec/index.ts';
import type { ConnectionStatus } from './broker-status.ts';
import type { ChannelPeer, ConnectionPeer } from './channel-peer.ts';
import { type ChannelOwner, EngineChannel } from './engine-channel.ts';
import { plainTable } from './plain-fields.ts';
import type { Totals } from './totals.ts';
import type { VirtualHost } from './virtual-host.ts';

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

/** What a connection needs of its broker. */
export interface ConnectionHost {
  readonly totals: Totals;
  readonly maxMessageBytes: number;
  readonly maxConsumers: number;
  /** Throws a fault (530) when there are too many channels for one more. */
  channelOpens(): void;
  channelClosed(): void;
  connectionClosed(connection: EngineConnection): void;
}

/** A connection to the broker, seen from the broker. Open until {@link close}, or until the broker ended it. */
export class EngineConnection {
  readonly id: string;
  readonly vhost: string;
  readonly user: string;
  readonly name: string | undefined;
  readonly #options: EngineConnectionOptions;
  readonly #vhost: VirtualHost;
  readonly #host: ConnectionHost;
  readonly #owner: ConnectionChannels;
  #isOpen = true;

  constructor(id: string, options: EngineConnectionOptions, vhost: VirtualHost, host: ConnectionHost) {
    this.id = id;
    this.vhost = vhost.name;
    this.user = options.user;
    this.name = options.name;
    this.#options = options;
    this.#vhost = vhost;
    this.#host = host;
    this.#owner = new ConnectionChannels(id, options, vhost, host);
  }

  /** Opens a channel. Its number must not be that of an open one. Throws an `AmqpFault` (530) when there are too many. */
  openChannel(id: number, peer: ChannelPeer): EngineChannel {
    return this.#owner.open(id, peer);
  }

  /**
   * Lets messages for consumers wait in their queues: the client cannot take more now. Answers, fetched messages and direct
   * replies still come. The one thing a peer may call while it is being called: the delivery in hand is then the last.
   */
  pauseDeliveries(): void {
    this.#owner.isPaused = true;
  }

  /** Goes on delivering. */
  resumeDeliveries(): void {
    if (!this.#isOpen || !this.#owner.isPaused) return;
    this.#owner.isPaused = false;
    for (const channel of this.#owner.channels) channel.wakeConsumers();
  }

  /** Closes its channels, puts back what they have not settled, and deletes its exclusive queues. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // Nothing goes to a channel while those before it are closed.
    this.#owner.isPaused = true;
    this.#owner.closeAll();
    this.#vhost.deleteQueuesOf(this.id);
    this.#host.connectionClosed(this);
  }

  /** Ends the connection from the broker's side. */
  end(replyCode: number, replyText: string): void {
    if (!this.#isOpen) return;
    this.close();
    this.#options.peer.closed(replyCode, replyText);
  }

  /** Tells the client whether the broker takes messages: the reason, if it does not. */
  setBlocked(reason: string | undefined): void {
    if (reason === undefined) this.#options.peer.unblocked();
    else this.#options.peer.blocked(reason);
  }

  status(): ConnectionStatus {
    const { name = null, peerAddress = null, clientProperties = {} } = this.#options;
    const { id, vhost, user } = this;
    const channels = [...this.#owner.channels].map((channel) => channel.status());
    return {
      id,
      vhost,
      user,
      name,
      peerAddress,
      clientProperties: plainTable(clientProperties),
      paused: this.#owner.isPaused,
      channels,
    };
  }
}

/** The channels of a connection, and what they know of it. */
class ConnectionChannels implements ChannelOwner {
  readonly id: string;
  readonly user: string;
  readonly vhost: VirtualHost;
  readonly totals: Totals;
  readonly maxMessageBytes: number;
  readonly maxConsumers: number;
  readonly noticesCancels: boolean;
  readonly channels = new Set<EngineChannel>();
  readonly #host: ConnectionHost;
  isPaused = false;

  constructor(id: string, options: EngineConnectionOptions, vhost: VirtualHost, host: ConnectionHost) {
    this.id = id;
    this.#host = host;
    this.user = options.user;
    this.vhost = vhost;
    this.totals = host.totals;
    this.maxMessageBytes = host.maxMessageBytes;
    this.maxConsumers = host.maxConsumers;
    this.noticesCancels = noticesCancels(options.clientProperties?.['capabilities']);
  }

  open(id: number, peer: ChannelPeer): EngineChannel {
    this.#host.channelOpens();
    const channel = new EngineChannel(id, this, peer);
    this.channels.add(channel);
    return channel;
  }

  channelClosed(channel: EngineChannel): void {
    if (this.channels.delete(channel)) this.#host.channelClosed();
  }

  closeAll(): void {
    for (const channel of this.channels) channel.close();
  }
}

function noticesCancels(capabilities: FieldValue): boolean {
  if (typeof capabilities !== 'object' || capabilities === null) return false;
  return 'consumer_cancel_notify' in capabilities && capabilities.consumer_cancel_notify === true;
}
