import type { ChannelPeer } from './channel-peer.ts';
import type { Totals } from './totals.ts';
import type { VirtualHost } from './virtual-host.ts';

/** What the parts of a channel know of its connection. */
export interface ConnectionScope {
  readonly id: string;
  readonly user: string;
  readonly vhost: VirtualHost;
  readonly totals: Totals;
  readonly maxMessageBytes: number;
  /** On one channel. */
  readonly maxConsumers: number;
  /** Whether the client understands that the broker ends a consumer. */
  readonly noticesCancels: boolean;
  /** Its client can take no deliveries now. */
  readonly isPaused: boolean;
}

/** What the parts of a channel know of it. */
export interface ChannelScope {
  readonly id: number;
  readonly peer: ChannelPeer;
  readonly connection: ConnectionScope;
}
