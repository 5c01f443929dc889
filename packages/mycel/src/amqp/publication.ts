import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import type { AmqpChannel, FieldTable, PublishOutcome } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import type { EncodedPayload } from '../transport/payload.ts';
import { contextHeaders, richHeader } from './message-headers.ts';
import { eventExchange } from './topology.ts';

/** What a message costs in memory beside its body, roughly. */
const overheadBytes = 1024;

/** How long an event that the broker refuses is sent again: longer than a cluster takes to find new leaders for its queues, on slow machines too. */
const refusedMs = 10_000;

/** Bytes that an event holds while it waits. */
export function sizeOf({ body }: EncodedPayload): number {
  return overheadBytes + Buffer.byteLength(body);
}

/** Names an event for people: `event shop.sold`. */
export function nameOf({ source, type }: Pick<OutboundEvent, 'source' | 'type'>): string {
  return `event ${source}.${type}`;
}

/**
 * One event on its way. It has one message id, however often it is sent.
 *
 * States: *waiting* -> *sent* (-> *waiting* again, if the connection was lost before the confirm) -> *over*.
 */
export class Publication {
  readonly source: string;
  readonly type: string;
  /** Bytes that it holds while it waits. */
  readonly size: number;
  /** By the clock of `performance.now()`, in whole milliseconds: that is a number without an object of its own. */
  readonly publishedAt = Math.ceil(performance.now());
  /** Its place among all: those published before have lower ones. */
  readonly ordinal: number;
  wasSent = false;
  #body: string;
  readonly #headers: FieldTable;
  readonly #isVolatile: boolean;
  /** Made when it is first sent: many may wait, and the text of an id is larger than most of what else they hold. */
  #messageId: string | undefined;
  readonly #outcome = deferred<PublishResult>();
  #isOver = false;
  /** When it was refused for the first time, by the clock of `performance.now()`. */
  #refusedAt: number | undefined;
  #refusal: Error | undefined;

  /** Throws what says that its headers cannot be sent. */
  constructor({ source, type, context, headers, volatile }: OutboundEvent, payload: EncodedPayload, ordinal: number) {
    const { body, rich } = payload;
    this.ordinal = ordinal;
    this.source = source;
    this.type = type;
    this.#body = body;
    this.size = sizeOf(payload);
    this.#isVolatile = volatile === true;
    this.#headers = contextHeaders(context, rich === undefined ? headers : { ...headers, [richHeader]: rich });
  }

  /** For people: `event shop.sold`. */
  get name(): string {
    return nameOf(this);
  }

  get exchange(): string {
    return eventExchange(this.source);
  }

  /** The length of its body. */
  get bodyBytes(): number {
    return this.size - overheadBytes;
  }

  /** What becomes of it. */
  get outcome(): Promise<PublishResult> {
    return this.#outcome.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why the broker refused it, since it was sent last. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  send(channel: AmqpChannel): Promise<PublishOutcome> {
    this.wasSent = true;
    this.#refusal = undefined;
    this.#messageId ??= randomUUID();
    const properties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: this.#isVolatile ? 1 : 2,
      priority: 0,
      messageId: this.#messageId,
      headers: this.#headers,
    };
    return channel.publishConfirmed(this.exchange, this.type, this.#body, properties, { mandatory: true });
  }

  /** Notes why the broker refused it, and tells whether that may pass: for a while after the first time. */
  mayBeRefused(refusal: Error): boolean {
    this.#refusal = refusal;
    const now = performance.now();
    this.#refusedAt ??= now;
    return now - this.#refusedAt < refusedMs;
  }

  succeed(result: PublishResult): void {
    this.#end();
    this.#outcome.resolve(result);
  }

  fail(error: unknown): void {
    this.#end();
    this.#outcome.reject(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#body = ''; // one that was given up is still known to the channel that sent it
  }
}
