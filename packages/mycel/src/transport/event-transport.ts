import type { Subscription } from './subscription.ts';
import type { WireContext } from './wire-context.ts';

/** Carries events from the service that dispatches them to every handler. */
export interface EventTransport {
  /** Makes ready to publish events of `source` (declares its exchange). Idempotent. */
  prepare(source: string): Promise<void>;
  /** Publishes; resolves once the broker has taken responsibility for the event. Rejects with a `TransportError`. Needs no `prepare` before. */
  publish(event: OutboundEvent): Promise<PublishResult>;
  /** Attaches a handler; resolves once the broker delivers. `handle` must not reject. */
  subscribe(subscriber: EventSubscriber, handle: (event: InboundEvent) => Promise<Settlement>): Promise<Subscription>;
}

/** An event to be sent. */
export interface OutboundEvent {
  /** The service that dispatches. */
  readonly source: string;
  /** The event's type: one or more words with dots between them. */
  readonly type: string;
  readonly payload: unknown;
  readonly context: WireContext;
  /** Headers of the sender's own, sent as they are. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** The broker need not write it to disk: it may be gone when the broker restarts. @default false */
  readonly volatile?: boolean | undefined;
}

export interface PublishResult {
  /** False if no queue took the event: nobody handles it. */
  readonly routed: boolean;
}

/**
 * Who gets an event: `service-pool` one instance of each handling service; `broadcast` every instance; `singleton` one
 * instance in the whole cluster, whatever service it belongs to.
 */
export type HandlerMode = 'service-pool' | 'broadcast' | 'singleton';

export interface EventSubscriber {
  readonly source: string;
  /** The type to be handled; may contain topic wildcards (`*` one word, `#` any number). */
  readonly type: string;
  readonly service: string;
  readonly method: string;
  readonly mode: HandlerMode;
  /** Keep the queue while no instance runs. */
  readonly reliable: boolean;
  /** For a reliable broadcast: what names this instance's queue across restarts. */
  readonly broadcastId?: string | undefined;
  readonly prefetch: number;
}

/** An event that has arrived. */
export interface InboundEvent {
  readonly source: string;
  readonly type: string;
  readonly payload: unknown;
  readonly context: WireContext;
  readonly redelivered: boolean;
  readonly messageId: string | undefined;
  /** What is wrong with the message, if it could not be read; `payload` is then undefined. */
  readonly malformed?: string | undefined;
}

/** What becomes of a delivery. */
export type Settlement =
  /** Done: the broker may forget it. */
  | 'ack'
  /** Back to the queue, for this or another instance. */
  | 'requeue';
