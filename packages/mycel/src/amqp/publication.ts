import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import { LongTimer } from '../foundation/long-timer.ts';
import type { AmqpChannel, MessageProperties, PublishOutcome } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { encodePayload } from '../transport/payload.ts';
import { contextHeaders, richHeader } from './message-headers.ts';
import { eventExchange } from './topology.ts';

/** What a message costs in memory beside its body, roughly. */
const overheadBytes = 1024;

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
  /** Its place among all: those published before have lower ones. */
  readonly ordinal: number;
  wasSent = false;
  #body: string;
  readonly #properties: MessageProperties;
  readonly #outcome = deferred<PublishResult>();
  #timer: LongTimer | undefined;
  #isOver = false;

  /** Encodes the event. Throws what says that it cannot be sent. */
  constructor({ source, type, payload, context, headers, volatile }: OutboundEvent, ordinal: number) {
    this.ordinal = ordinal;
    this.source = source;
    this.type = type;
    const { body, rich } = encodePayload(payload, this.name);
    this.#body = body;
    this.size = overheadBytes + Buffer.byteLength(body);
    this.#properties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: volatile ? 1 : 2,
      priority: 0,
      messageId: randomUUID(),
      headers: contextHeaders(context, rich === undefined ? headers : { ...headers, [richHeader]: rich }),
    };
  }

  /** For people: `event shop.sold`. */
  get name(): string {
    return `event ${this.source}.${this.type}`;
  }

  /** What becomes of it. */
  get outcome(): Promise<PublishResult> {
    return this.#outcome.promise;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(channel: AmqpChannel): Promise<PublishOutcome> {
    this.wasSent = true;
    const exchange = eventExchange(this.source);
    return channel.publishConfirmed(exchange, this.type, this.#body, this.#properties, { mandatory: true });
  }

  /** Calls `run` once after `ms`, unless the event is over by then. */
  after(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = new LongTimer(ms, run);
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
    this.#timer?.cancel();
  }
}
