import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { DisconnectedError, TransportClosedError } from '../transport/transport-errors.ts';
import { isLoss, refusalIn } from './broker-refusal.ts';
import { EventSources } from './event-sources.ts';
import { KeptChannel } from './kept-channel.ts';
import { Publication } from './publication.ts';
import { publishFailure } from './publish-failure.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** How an {@link EventPublisher} works. */
export interface EventPublisherOptions {
  readonly logger: Logger;
  /** How long an event waits for the broker: for its connection, for its readiness to read, for any sign of progress. */
  readonly publishTimeoutMs: number;
}

/** What may wait while the broker is away, in bytes; beyond it events are refused at once. */
const mostWaitingBytes = 64 * 1024 * 1024;

/**
 * Publishes events on one channel in confirm mode: persistent, mandatory, resolved by the broker's confirm.
 *
 * While the broker is away (no connection, or it reads nothing because of an alarm) events wait, up to a limit of bytes
 * and of time. Those that were sent and not confirmed when the connection was lost wait too, and are sent again under the
 * same message id: the broker may then have them twice.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #connection: SupervisedConnection;
  readonly #channel: KeptChannel;
  readonly #sources: EventSources;
  /** All that are not over. */
  readonly #underWay = new Set<Publication>();
  /** Those of them that are not on the wire, in order. */
  readonly #waiting = new Set<Publication>();
  #waitingBytes = 0;
  #lastConfirmAt = 0;

  constructor(connection: SupervisedConnection, options: EventPublisherOptions) {
    this.#options = options;
    this.#connection = connection;
    this.#sources = new EventSources(connection, {
      onDeclared: () => this.#sendWaiting(),
      onRefused: (source, error) => this.#failFrom(source, error),
    });
    this.#channel = new KeptChannel(connection, {
      name: 'event publishing',
      logger: options.logger,
      prepare: (channel) => channel.confirmSelect(),
      onWritable: () => this.#sendWaiting(),
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
    const publication = new Publication(event);
    const { endError } = this.#channel;
    if (endError) return Promise.reject(endError);
    this.#underWay.add(publication);
    publication.after(this.#options.publishTimeoutMs, () => this.#late(publication));
    this.#submit(publication);
    return publication.outcome;
  }

  /** Waits for what is not confirmed yet, at most so long, then gives it up. The connection is the caller's to close. */
  async close(mostMs: number): Promise<void> {
    const outcomes = [...this.#underWay].map(({ outcome }) => outcome);
    await endsWithin(Promise.allSettled(outcomes), mostMs);
    void this.#channel.close();
  }

  #submit(publication: Publication): void {
    const channel = this.#channel.writable;
    if (channel && this.#sources.has(publication.source)) return this.#send(channel, publication);
    if (this.#waitingBytes + publication.size > mostWaitingBytes)
      return this.#fail(publication, this.#unsent(publication, 'too many events wait for the broker already'));
    this.#waiting.add(publication);
    this.#waitingBytes += publication.size;
    if (channel) void this.#sources.declare(publication.source);
  }

  #send(channel: AmqpChannel, publication: Publication): void {
    publication.send(channel).then(
      ({ returned }) => {
        this.#lastConfirmAt = performance.now();
        this.#settle(publication);
        publication.succeed({ routed: !returned });
      },
      (error: unknown) => {
        if (publication.isOver) return;
        if (isWorthRepeating(error)) this.#submit(publication);
        else this.#fail(publication, publishFailure(error, publication.name));
      },
    );
  }

  #sendWaiting(): void {
    const undeclared = new Set<string>();
    for (const publication of this.#waiting) {
      const channel = this.#channel.writable;
      if (!channel) return;
      if (!this.#sources.has(publication.source)) {
        undeclared.add(publication.source);
      } else {
        this.#unwait(publication);
        this.#send(channel, publication);
      }
    }
    for (const source of undeclared) void this.#sources.declare(source);
  }

  #failFrom(source: string, error: unknown): void {
    for (const publication of this.#waiting) if (publication.source === source) this.#fail(publication, error);
  }

  /** The time is over, unless the broker is only slow: then it is given as much again from its last confirm. */
  #late(publication: Publication): void {
    const { publishTimeoutMs } = this.#options;
    const leftMs = this.#lastConfirmAt + publishTimeoutMs - performance.now();
    if (!this.#waiting.has(publication) && leftMs > 0) return publication.after(leftMs, () => this.#late(publication));
    const why = `${this.#obstacle()} for ${publishTimeoutMs} ms`;
    this.#fail(publication, this.#unsent(publication, why));
  }

  #unsent({ name, wasSent }: Publication, why: string): DisconnectedError {
    const what = wasSent ? 'was sent, but not confirmed (it may have been taken)' : 'was not sent';
    return new DisconnectedError(`${name} ${what}: ${why}; publish it again later, or raise amqp.publish_timeout`);
  }

  #obstacle(): string {
    const { blocked, isOpen } = this.#connection;
    if (!isOpen) return 'there was no connection to the broker';
    return blocked === undefined ? 'the broker did not answer' : `the broker takes no messages (${blocked})`;
  }

  #fail(publication: Publication, error: unknown): void {
    this.#settle(publication);
    publication.fail(error);
  }

  #failAll(error: Error): void {
    const closed = error instanceof TransportClosedError;
    for (const publication of this.#underWay) {
      const why = `${publication.name} was given up: ${messageOf(error)}`;
      this.#fail(publication, closed ? new TransportClosedError(why, { cause: error }) : error);
    }
  }

  #settle(publication: Publication): void {
    this.#underWay.delete(publication);
    this.#unwait(publication);
  }

  #unwait(publication: Publication): void {
    if (this.#waiting.delete(publication)) this.#waitingBytes -= publication.size;
  }
}

/** After a loss nobody knows whether the broker had the event. If its exchange was deleted (404), it is declared again. */
function isWorthRepeating(error: unknown): boolean {
  return isLoss(error) || refusalIn(error)?.replyCode === 404;
}
