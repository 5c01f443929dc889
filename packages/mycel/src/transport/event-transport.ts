import type { DeadLetterFailure } from './dead-letter.ts';
import type { Subscription } from './subscription.ts';
import type { WireContext } from './wire-context.ts';

/** Carries events from the service that dispatches them to every handler. */
export interface EventTransport {
  /** Makes ready to publish events of `source` (declares its exchange). Idempotent. */
  prepare(source: string): Promise<void>;
  /** Publishes; resolves once the broker has taken responsibility for the event. Rejects with a `TransportError`. Needs no `prepare` before. */
  publish(event: OutboundEvent): Promise<PublishResult>;
  /** What handlers that do not say themselves do with an event on which they fail. @default 'drop' */
  readonly onError?: OnError | undefined;
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
  /**
   * For handlers that keep an order: only one consumer of the queue gets events at a time, and the next one only when this one
   * is closed. From `stop` until `close` what arrives is neither handled nor given back. @default false
   */
  readonly oneAtATime?: boolean | undefined;
  /** It gives events back on which it fails, so how often one came back says nothing: `returns` need not be told. @default false */
  readonly ignoresReturns?: boolean | undefined;
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
  /** How often its handler has failed on it before. @default 0 */
  readonly failures?: number | undefined;
  /** When its handler failed on it first, in milliseconds since 1970. */
  readonly firstFailedAt?: number | undefined;
  /** How often it was delivered to a consumer that then ended without settling it, as far as the broker counts. @default 0 */
  readonly returns?: number | undefined;
  /** The dead letter that it was, if it was put back by hand. */
  readonly replayOf?: string | undefined;
  /**
   * Of a subscriber that is `oneAtATime`, where `returns` also counts what had not begun: notes which event a handler begins with.
   * Without it `returns` is all that is known.
   */
  readonly trial?: EventTrial | undefined;
  /** Of a subscriber that is `oneAtATime`: true once the broker has taken the event back, and delivers it again. */
  readonly isLost?: (() => boolean) | undefined;
  /**
   * Of an event that came back, where the transport can tell: resolves once the broker has what became of it, or never will. Never rejects.
   */
  readonly settled?: Promise<void> | undefined;
}

/**
 * The note that a handler begins with an event that may end its process. It outlives the process and the broker, and is gone
 * once somebody has lived to see the end: {@link end}, or the settlement of the event.
 */
export interface EventTrial {
  /**
   * Writes the note. Resolves, once it is safe, with how often the event had begun before so that its note was left. Does nothing
   * more if the note stands already. Rejects if it cannot be written.
   */
  begin(): Promise<number>;
  /** The event goes back unsettled, and not because it ended its process: takes the note away, at the latest when the subscription is closed. */
  end(): void;
}

/** What a handler does with an event on which it fails: tries again later, gives it up, or gives it back at once. */
export type OnError = 'retry' | 'drop' | 'requeue';

/** What becomes of a delivery. */
export type Settlement =
  /** Done: the broker may forget it. */
  | 'ack'
  /** Back to the queue, for this or another instance. */
  | 'requeue'
  | RetrySettlement
  | DeadLetterSettlement;

/**
 * Delivered again to this handler, and to no other, once the time is over: never earlier, and not much later. Meanwhile it
 * stands in no other event's way. It survives what the event would have survived in the queue.
 */
export interface RetrySettlement {
  readonly kind: 'retry';
  readonly delayMs: number;
  /** Whether it is one more of the event's failures. @default true */
  readonly counts?: boolean | undefined;
}

/** Kept beside the queue, with why, until somebody puts it back or drops it. */
export interface DeadLetterSettlement {
  readonly kind: 'dead-letter';
  readonly failure: DeadLetterFailure;
  /** When its handler failed on it first, in milliseconds since 1970, where the transport cannot know. @default `firstFailedAt` of the event, or now */
  readonly firstFailedAt?: number | undefined;
}
