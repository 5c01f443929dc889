import { messageOf, withoutTrace } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { type AmqpChannel, NackedError } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { encodePayload } from '../transport/payload.ts';
import { DisconnectedError, TransportClosedError } from '../transport/transport-errors.ts';
import { isLoss, isMissing, refusalIn } from './broker-refusal.ts';
import { EventSources } from './event-sources.ts';
import type { ExchangeWatch } from './exchange-watch.ts';
import { KeptChannel } from './kept-channel.ts';
import { nameOf, Publication, sizeOf } from './publication.ts';
import { PublishBuffer } from './publish-buffer.ts';
import { eventFailure, noPlace, obstacleOf, tooLate } from './publish-failure.ts';
import type { PublishLimits } from './publish-limits.ts';
import { PublishPatience } from './publish-patience.ts';
import { PublishWindow } from './publish-window.ts';
import { RoutedTypes } from './routed-types.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { SuspectPublishes } from './suspect-publishes.ts';
import { eventExchange } from './topology.ts';

/** How an {@link EventPublisher} works. */
export interface EventPublisherOptions {
  readonly logger: Logger;
  /** How long an event waits for the broker: for its connection, for its readiness to read, for any sign of progress. */
  readonly publishTimeoutMs: number;
  /** What may be on the wire unconfirmed. */
  readonly publishWindow: PublishLimits;
  /** What may wait beside it. */
  readonly publishBuffer: PublishLimits;
  /** @default nobody looks for deleted exchanges */
  readonly watch?: ExchangeWatch;
}

/** How long an exchange is waited for that the watch restores; after it, it is simply declared. */
const restoringMs = 1000;

/** How long events of a source wait after one came back unrouted or refused, where that may pass. */
const sendAgainMs = 200;

/**
 * Publishes events on one channel in confirm mode: mandatory, resolved by the broker's confirm. Those of one source leave in
 * the order of their publishes.
 *
 * So many are on the wire unconfirmed at once, so many more wait for their turn or for a broker that is away (no connection,
 * or it reads nothing because of an alarm); beyond that a publish is rejected. Those that were sent and not confirmed when
 * the connection was lost wait too, and are sent again under the same message id: the broker may then have them twice. One that
 * the broker refuses is sent again for some seconds, the others of its source behind it. One for which it closes the channel is rejected,
 * once it is known which that was: those that were under way beside it are sent again one by one.
 */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #connection: SupervisedConnection;
  readonly #channel: KeptChannel;
  readonly #sources: EventSources;
  readonly #window: PublishWindow;
  readonly #buffer: PublishBuffer;
  readonly #routed: RoutedTypes;
  readonly #patience: PublishPatience;
  readonly #suspects = new SuspectPublishes(() => this.#sendWaiting());
  #published = 0;
  /** The last event that was to wait found no place. */
  #isRefusing = false;
  #lastSentAt = 0;

  constructor(connection: SupervisedConnection, options: EventPublisherOptions) {
    this.#options = options;
    this.#connection = connection;
    this.#window = new PublishWindow(options.publishWindow);
    this.#buffer = new PublishBuffer(options.publishBuffer);
    this.#routed = new RoutedTypes((source) => options.watch?.haveBound(eventExchange(source)));
    this.#sources = new EventSources(connection, {
      onDeclared: (source) => this.#declared(source),
      onRefused: (source, error) => this.#failFrom(source, error),
      onMissing: async (exchange) => {
        if (options.watch) await endsWithin(options.watch.foundMissing(exchange), restoringMs);
      },
    });
    this.#patience = new PublishPatience({
      timeoutMs: options.publishTimeoutMs,
      waiting: () => [...this.#window.members, ...this.#buffer.members],
      isKnown: (source) => this.#sources.isKnown(source),
      giveUp: (publication) => this.#late(publication),
    });
    this.#channel = new KeptChannel(connection, {
      name: 'event publishing',
      logger: options.logger,
      prepare: (channel) => channel.confirmSelect(),
      onWritable: () => this.#goOn(),
      // A broker that comes back may have lost its exchanges; if it has not, declaring them changes nothing.
      onLost: () => this.#sources.forget(),
      onExchangeMissing: options.watch && ((exchange) => this.#foundMissing(exchange)),
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
      `the exchange of ${source}'s events could not be declared: ${obstacleOf(this.#connection)} for ${publishTimeoutMs} ms; does the broker run?`,
    );
  }

  /** Publishes; resolves once the broker has confirmed. Throws, before anything is sent, what cannot be sent and what finds no place. */
  publish(event: OutboundEvent): Promise<PublishResult> {
    const { endError } = this.#channel;
    if (endError) throw endError;
    // A refusal makes as little as it can: a program that waits for nothing has a million of them in half a minute.
    const channel = this.#channelFor(event.source);
    if (!channel) this.#requirePlace(event, 0);
    const payload = encodePayload(event.payload, nameOf(event));
    if (!channel) this.#requirePlace(event, sizeOf(payload));
    const publication = new Publication(event, payload, this.#published++);
    this.#patience.begin();
    if (channel) this.#send(channel, publication);
    else this.#wait(publication);
    return publication.outcome;
  }

  /** Waits for what is not confirmed yet, at most so long, then gives it up. The connection is the caller's to close. */
  async close(mostMs: number): Promise<void> {
    const outcomes = [...this.#window.members, ...this.#buffer.members].map(({ outcome }) => outcome);
    await endsWithin(Promise.allSettled(outcomes), mostMs);
    void this.#channel.close();
  }

  /** The channel on which an event of that source may go at once. */
  #channelFor(source: string): AmqpChannel | undefined {
    const mayGo = this.#hasRoom() && this.#sources.has(source) && !this.#buffer.holds(source);
    return mayGo ? this.#channel.writable : undefined;
  }

  #requirePlace(event: OutboundEvent, size: number): void {
    const bound = this.#buffer.boundFor(size);
    if (bound === undefined) return;
    const refusal = (): Error => {
      const [limits, waiting] = [this.#options.publishBuffer, this.#buffer.size];
      return noPlace(event, bound, { limits, waiting, obstacle: obstacleOf(this.#connection) });
    };
    // The stack of the first tells who floods. To take that of each would be most of what a refusal costs.
    const error = this.#isRefusing ? withoutTrace(refusal) : refusal();
    this.#isRefusing = true;
    throw error;
  }

  #wait(publication: Publication): void {
    this.#isRefusing = false;
    this.#buffer.add(publication);
    if (this.#channel.writable) this.#goOn();
  }

  /** After a long silence one event may go beyond the window: if the broker confirms it, the others give up their places. */
  #hasRoom(): boolean {
    if (this.#suspects.areHeld) return false;
    return this.#window.hasRoom || performance.now() - this.#lastSentAt >= this.#options.publishTimeoutMs;
  }

  #send(channel: AmqpChannel, publication: Publication): void {
    this.#lastSentAt = performance.now();
    this.#window.add(publication);
    publication.send(channel).then(
      ({ returned }) => {
        this.#patience.noteConfirm();
        this.#suspects.settled(publication);
        this.#window.remove(publication);
        this.#window.removeGivenUp();
        if (returned && this.#isDoubtful(publication)) this.#sendAgain(publication);
        else this.#taken(publication, !returned);
        this.#sendWaiting();
      },
      (error: unknown) => {
        const mayRepeat = this.#mayRepeat(publication, error);
        this.#suspects.settled(publication);
        this.#window.remove(publication);
        if (!publication.isOver) this.#notTaken(publication, error, mayRepeat);
        this.#sendWaiting();
      },
    );
    this.#suspects.sent(publication, channel);
  }

  /** That it came back is not believed at once where it had a queue before: somebody may have deleted and restored its exchange. */
  #isDoubtful({ source, type }: Publication): boolean {
    return this.#options.watch?.isDoubtful(eventExchange(source)) || this.#routed.isDoubtful(source, type);
  }

  #taken(publication: Publication, routed: boolean): void {
    this.#suspects.release(publication);
    if (routed) this.#routed.note(publication.source, publication.type);
    publication.succeed({ routed });
  }

  /**
   * After a loss nobody knows whether the broker had the event; one that another channel's method has caused is none of its business. If its
   * exchange was deleted (404), it is declared again.
   */
  #mayRepeat(publication: Publication, error: unknown): boolean {
    const refusal = refusalIn(error);
    if (!refusal) return isLoss(error);
    if (refusal.method !== 'basic.publish' || isMissing(error)) return true;
    // Any channel's publish may have been the reason for which a connection is closed.
    if (refusal.scope === 'connection') return publication.mayBeRefused(refusal);
    if (!this.#suspects.isGuilty(publication, refusal)) return true;
    this.#patience.noteConfirm(); // a broker that refuses is at work: those that wait for their own trial are not late for it
    return false;
  }

  #notTaken(publication: Publication, error: unknown, mayRepeat: boolean): void {
    if (error instanceof NackedError) void this.#channel.renewRefused();
    if (mayRepeat) this.#buffer.putBack(publication);
    else if (error instanceof NackedError && publication.mayBeRefused(error)) this.#sendAgain(publication);
    else this.#fail(publication, eventFailure(error, publication.name));
  }

  #fail(publication: Publication, error: unknown): void {
    this.#suspects.release(publication);
    publication.fail(error);
  }

  /**
   * What was in its way may be gone in a moment: its exchange was deleted, and its queues are not bound again yet; or a queue is being
   * deleted, as those of a stopping process are, and until it is gone RabbitMQ 4.3 refuses what is routed there; or the node that led a queue was lost.
   */
  #sendAgain(publication: Publication): void {
    if (publication.isOver) return;
    this.#sources.rest(publication.source, sendAgainMs);
    this.#buffer.putBack(publication);
  }

  #foundMissing(exchange: string): void {
    this.#sources.foundMissing(exchange);
    void this.#options.watch?.foundMissing(exchange);
  }

  #declared(source: string): void {
    this.#options.watch?.publishesTo(eventExchange(source), (exchange) => this.#sources.foundMissing(exchange));
    this.#sendWaiting();
  }

  /** Sends what may go, and has the exchanges declared that the rest waits for. */
  #goOn(): void {
    this.#sendWaiting();
    for (const source of this.#buffer.sources) if (this.#sources.isWanting(source)) void this.#sources.declare(source);
  }

  #sendWaiting(): void {
    while (this.#buffer.size > 0 && this.#hasRoom()) {
      const channel = this.#channel.writable;
      const publication = channel && this.#buffer.take((source) => this.#sources.has(source));
      if (!publication) return;
      this.#send(channel, publication);
    }
    if (this.#buffer.size === 0 && this.#window.isEmpty) this.#patience.rest();
  }

  #late(publication: Publication): void {
    const { publishTimeoutMs } = this.#options;
    const late = (): Error => tooLate(publication, obstacleOf(this.#connection), publishTimeoutMs);
    this.#giveUp(publication, withoutTrace(late));
  }

  #failFrom(source: string, error: unknown): void {
    for (const publication of this.#buffer.members) if (publication.source === source) this.#giveUp(publication, error);
  }

  #failAll(error: Error): void {
    this.#patience.close();
    const closed = error instanceof TransportClosedError;
    for (const publication of [...this.#window.members, ...this.#buffer.members]) {
      const why = `${publication.name} was given up: ${messageOf(error)}`;
      this.#giveUp(publication, closed ? new TransportClosedError(why, { cause: error }) : error);
    }
  }

  #giveUp(publication: Publication, error: unknown): void {
    const isOnWire = this.#window.has(publication);
    this.#fail(publication, error);
    // One on the wire keeps its place: else all that wait would go out to a broker that stands still.
    if (isOnWire) this.#window.noteGivenUp();
    else this.#buffer.drop(publication);
  }
}
