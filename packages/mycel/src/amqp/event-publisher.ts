import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { DisconnectedError, PublishBufferError, TransportClosedError } from '../transport/transport-errors.ts';
import { isLoss, refusalIn } from './broker-refusal.ts';
import { EventSources } from './event-sources.ts';
import { KeptChannel } from './kept-channel.ts';
import { Publication } from './publication.ts';
import { PublishBuffer } from './publish-buffer.ts';
import { publishFailure } from './publish-failure.ts';
import type { PublishLimits } from './publish-limits.ts';
import { PublishWindow } from './publish-window.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** How an {@link EventPublisher} works. */
export interface EventPublisherOptions {
  readonly logger: Logger;
  /** How long an event waits for the broker: for its connection, for its readiness to read, for any sign of progress. */
  readonly publishTimeoutMs: number;
  /** What may be on the wire unconfirmed. */
  readonly publishWindow: PublishLimits;
  /** What may wait beside it. */
  readonly publishBuffer: PublishLimits;
}

/**
 * Publishes events on one channel in confirm mode: mandatory, resolved by the broker's confirm. Those of one source leave in
 * the order of their publishes.
 *
 * So many are on the wire unconfirmed at once, so many more wait for their turn or for a broker that is away (no connection,
 * or it reads nothing because of an alarm); beyond that a publish is rejected. Those that were sent and not confirmed when
 * the connection was lost wait too, and are sent again under the same message id: the broker may then have them twice.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #connection: SupervisedConnection;
  readonly #channel: KeptChannel;
  readonly #sources: EventSources;
  readonly #window: PublishWindow;
  readonly #buffer: PublishBuffer;
  #published = 0;
  #lastSentAt = 0;
  #lastConfirmAt = 0;

  constructor(connection: SupervisedConnection, options: EventPublisherOptions) {
    this.#options = options;
    this.#connection = connection;
    this.#window = new PublishWindow(options.publishWindow);
    this.#buffer = new PublishBuffer(options.publishBuffer);
    this.#sources = new EventSources(connection, {
      onDeclared: () => this.#sendWaiting(),
      onRefused: (source, error) => this.#failFrom(source, error),
    });
    this.#channel = new KeptChannel(connection, {
      name: 'event publishing',
      logger: options.logger,
      prepare: (channel) => channel.confirmSelect(),
      onWritable: () => this.#goOn(),
      // A broker that comes back may have lost its exchanges; if it has not, declaring them changes nothing.
      onLost: () => this.#sources.forget(),
      onEnded: (error) => this.#failAll(error),
    });
  }

  /** Tells whether there is a channel to publish on. */
  health(): HealthReport {
    return this.#channel.health();
  }

  /** Declares the exchange of `source`, once per connection. Rejects with a `TopologyError`, or when the broker stays away. */
  async declare(source: string): Promise<void> {
    if (this.#sources.has(source)) return;
    const { publishTimeoutMs } = this.#options;
    if (await endsWithin(this.#sources.declare(source), publishTimeoutMs)) return;
    throw new DisconnectedError(
      `the exchange of ${source}'s events could not be declared: ${this.#obstacle()} for ${publishTimeoutMs} ms; does the broker run?`,
    );
  }

  /** Publishes; resolves once the broker has confirmed. What cannot be sent is refused before anything is sent. */
  publish(event: OutboundEvent): Promise<PublishResult> {
    const publication = new Publication(event, this.#published++);
    const { endError } = this.#channel;
    if (endError) return Promise.reject(endError);
    this.#submit(publication);
    return publication.outcome;
  }

  /** Waits for what is not confirmed yet, at most so long, then gives it up. The connection is the caller's to close. */
  async close(mostMs: number): Promise<void> {
    const outcomes = [...this.#window.members, ...this.#buffer.members].map(({ outcome }) => outcome);
    await endsWithin(Promise.allSettled(outcomes), mostMs);
    void this.#channel.close();
  }

  #submit(publication: Publication): void {
    const { source } = publication;
    const channel = this.#channel.writable;
    const mayGo = channel && this.#hasRoom() && this.#sources.has(source) && !this.#buffer.holds(source);
    const bound = mayGo ? undefined : this.#buffer.boundFor(publication);
    if (bound) return publication.fail(this.#noPlace(publication, bound));
    publication.after(this.#options.publishTimeoutMs, () => this.#late(publication));
    if (mayGo) return this.#send(channel, publication);
    this.#buffer.add(publication);
    if (channel) this.#goOn();
  }

  /** After a long silence one event may go beyond the window: if the broker confirms it, the others give up their places. */
  #hasRoom(): boolean {
    return this.#window.hasRoom || performance.now() - this.#lastSentAt >= this.#options.publishTimeoutMs;
  }

  #send(channel: AmqpChannel, publication: Publication): void {
    this.#lastSentAt = performance.now();
    this.#window.add(publication);
    publication.send(channel).then(
      ({ returned }) => {
        this.#lastConfirmAt = performance.now();
        this.#window.remove(publication);
        this.#window.removeGivenUp();
        publication.succeed({ routed: !returned });
        this.#sendWaiting();
      },
      (error: unknown) => this.#notTaken(publication, error),
    );
  }

  #notTaken(publication: Publication, error: unknown): void {
    this.#window.remove(publication);
    if (publication.isOver) return;
    if (isWorthRepeating(error)) this.#buffer.putBack(publication);
    else publication.fail(publishFailure(error, publication.name));
    this.#sendWaiting();
  }

  /** Sends what may go, and has the exchanges declared that the rest waits for. */
  #goOn(): void {
    this.#sendWaiting();
    for (const source of this.#buffer.sources) if (!this.#sources.has(source)) void this.#sources.declare(source);
  }

  #sendWaiting(): void {
    while (this.#buffer.size > 0 && this.#hasRoom()) {
      const channel = this.#channel.writable;
      const publication = channel && this.#buffer.take((source) => this.#sources.has(source));
      if (!publication) return;
      this.#send(channel, publication);
    }
  }

  /** The time is over, unless the broker is only slow: then it is given as much again from its last confirm. */
  #late(publication: Publication): void {
    const { publishTimeoutMs } = this.#options;
    const leftMs = this.#lastConfirmAt + publishTimeoutMs - performance.now();
    if (leftMs > 0 && this.#sources.isKnown(publication.source))
      return publication.after(leftMs, () => this.#late(publication));
    this.#giveUp(publication, this.#tooLate(publication));
  }

  #tooLate({ name, wasSent }: Publication): Error {
    const { publishTimeoutMs } = this.#options;
    const why = `${this.#obstacle()} for ${publishTimeoutMs} ms; publish it again later, or raise amqp.publish_timeout`;
    return wasSent
      ? new DisconnectedError(`${name} was sent, but not confirmed (it may have been taken): ${why}`)
      : new PublishBufferError(`${name} was not sent: ${why}`, 'age', publishTimeoutMs);
  }

  #noPlace({ name }: Publication, bound: 'messages' | 'bytes'): Error {
    const limit = this.#options.publishBuffer[bound];
    const [most, option] =
      bound === 'messages'
        ? [`${limit} events`, 'amqp.publish_buffer']
        : [`${limit} bytes of events`, 'amqp.publish_buffer_bytes'];
    const remedy = `await some before you publish more, or raise ${option}`;
    const why = `${most} may wait for the broker, and ${this.#buffer.size} events do (${this.#obstacle()})`;
    return new PublishBufferError(`${name} was not sent: at most ${why}; ${remedy}`, bound, limit);
  }

  #obstacle(): string {
    const { blocked, isOpen } = this.#connection;
    if (!isOpen) return 'there was no connection to the broker';
    return blocked === undefined ? 'the broker did not answer' : `the broker takes no messages (${blocked})`;
  }

  #failFrom(source: string, error: unknown): void {
    for (const publication of this.#buffer.members) if (publication.source === source) this.#giveUp(publication, error);
  }

  #failAll(error: Error): void {
    const closed = error instanceof TransportClosedError;
    for (const publication of [...this.#window.members, ...this.#buffer.members]) {
      const why = `${publication.name} was given up: ${messageOf(error)}`;
      this.#giveUp(publication, closed ? new TransportClosedError(why, { cause: error }) : error);
    }
  }

  #giveUp(publication: Publication, error: unknown): void {
    const isOnWire = this.#window.has(publication);
    publication.fail(error);
    // One on the wire keeps its place: else all that wait would go out to a broker that stands still.
    if (isOnWire) this.#window.noteGivenUp();
    else this.#buffer.drop(publication);
  }
}

/** After a loss nobody knows whether the broker had the event. If its exchange was deleted (404), it is declared again. */
function isWorthRepeating(error: unknown): boolean {
  return isLoss(error) || refusalIn(error)?.replyCode === 404;
}
