import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpChannel, ChannelClosed } from '../protocol/client/index.ts';
import { DisconnectedError, TransportClosedError } from '../transport/transport-errors.ts';
import { AnswerLimit, awaitedBy } from './answer-limit.ts';
import { attemptWaits, stableMs } from './attempt-waits.ts';
import { isLoss, isMissing, missingExchangeIn, refusalIn, topologyError } from './broker-refusal.ts';
import { RefusedPublishes } from './refused-publishes.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** How long a goodbye may take with a broker that does not answer: one that hangs, or that is blocked by an alarm. */
export const goodbyeMs = 2000;

/** What a {@link KeptChannel} is for. */
export interface ChannelPurpose {
  /** For people: `calls to math_service`. */
  readonly name: string;
  readonly logger: Logger;
  /** Declares and consumes on a fresh channel: at first, and again after every loss. */
  readonly prepare: (channel: AmqpChannel) => Promise<void>;
  /** From now on the channel may be published to: it was prepared, or the broker reads again. */
  readonly onWritable?: (channel: AmqpChannel) => void;
  /** The channel was lost; what hung on it will get no answer. A new one follows. */
  readonly onLost?: (error: DisconnectedError) => void;
  /** The broker closed the channel because this exchange does not exist. */
  readonly onExchangeMissing?: ((exchange: string) => void) | undefined;
  /** There is no channel, and none follows. */
  readonly onEnded?: (error: Error) => void;
}

/**
 * A channel that comes back by itself, with everything declared and consumed on it.
 *
 * States: *preparing* -> *ready* -> *lost* -> *preparing* ...; from any of them *ended*: closed, or the first
 * preparation failed for a reason that does not pass (an entity exists with other properties, no permission);
 * `ready()` then rejects for good. Later failures are logged and tried again.
 */
export class KeptChannel {
  readonly #connection: SupervisedConnection;
  readonly #purpose: ChannelPurpose;
  readonly #abort = new AbortController();
  readonly #stopListening: () => void;
  readonly #limit: AnswerLimit;
  readonly #refused = new RefusedPublishes();
  /** The channel while it is prepared, and from then on. */
  #opened: AmqpChannel | undefined;
  #channel: AmqpChannel | undefined;
  #ready: Deferred<AmqpChannel> = quietDeferred();
  #wasReady = false;
  #endError: Error | undefined;
  /** Why there is no channel, after there was one. */
  #lostBecause: string | undefined;
  /** Why it is being replaced, while it is. */
  #renewedBecause: string | undefined;
  /** When it came into its state. */
  #since = new Date();
  readonly #told = new Set<string>();

  constructor(connection: SupervisedConnection, purpose: ChannelPurpose) {
    this.#connection = connection;
    this.#purpose = purpose;
    this.#limit = new AnswerLimit(connection);
    this.#stopListening = connection.onUnblocked(() => this.#tellWritable());
    void this.#keep();
  }

  /** The channel, if it is ready and the broker reads what is published. */
  get writable(): AmqpChannel | undefined {
    const channel = this.#channel;
    const isUsable = channel?.isOpen && this.#connection.blocked === undefined && !this.#refused.holdsBack(channel);
    return isUsable ? channel : undefined;
  }

  /** Why there is no channel any more, once that is so. */
  get endError(): Error | undefined {
    return this.#endError;
  }

  /** Tells whether the channel is there, with everything declared and consumed on it. */
  health(): HealthReport {
    const since = this.#since;
    if (this.#endError) return { ready: false, state: 'ended', reason: messageOf(this.#endError), since };
    if (this.#channel?.isOpen) return { ready: true, state: 'ready', since };
    const awaited = this.#opened && awaitedBy(this.#opened);
    const awaits = awaited === undefined ? [] : [`the broker has not answered ${awaited} yet`];
    if (!this.#wasReady) return { ready: false, state: 'preparing', ...(awaits[0] && { reason: awaits[0] }), since };
    const reasons = [this.#lostBecause ?? 'its channel was lost', ...awaits];
    return { ready: false, state: 'lost', reason: reasons.join('; attaching again, '), since };
  }

  /** Resolves with the channel, now or when it is back. Rejects once it has ended. */
  ready(): Promise<AmqpChannel> {
    return this.#ready.promise;
  }

  /** Replaces the channel by another one on which everything is declared and consumed anew. */
  renew(reason: string): void {
    this.#renewedBecause ??= reason;
    void this.#opened?.close();
  }

  /** The broker refused what was published on the channel: it is replaced, unless it has been lately. Never rejects. */
  async renewRefused(): Promise<void> {
    const channel = this.#channel;
    if (!channel || !this.#refused.isTime) return;
    const isDrained = await this.#refused.drain(channel, this.#abort.signal);
    if (channel !== this.#channel) return;
    if (isDrained) this.renew('the broker refuses what is published: is a queue full, or a node of the cluster gone?');
    else this.#tellWritable();
  }

  /**
   * Closes the channel for good; the broker takes back what was not acknowledged. Does not wait long for a broker that
   * does not answer. Idempotent; never rejects.
   */
  async close(): Promise<void> {
    this.#end(new TransportClosedError(`${this.#purpose.name}: the channel was closed`));
    if (this.#opened) await endsWithin(this.#opened.close(), goodbyeMs);
  }

  #end(error: Error): void {
    if (this.#endError) return;
    this.#endError = error;
    this.#since = new Date();
    this.#abort.abort(error);
    this.#stopListening();
    if (this.#channel) this.#ready = quietDeferred();
    this.#channel = undefined;
    this.#ready.reject(error);
    this.#purpose.onEnded?.(error);
  }

  async #keep(): Promise<void> {
    // Channels in a row that were lost as soon as they were ready, and attempts in a row to make one.
    for (let [quickLosses, failures] = [0, 0]; !this.#endError; ) {
      let waitMs = 0;
      try {
        quickLosses = (await this.#attach()) ? 0 : quickLosses + 1;
        failures = 0;
        if (quickLosses > 0) waitMs = backoffMs(quickLosses);
      } catch (error) {
        if (!this.#isWorthRetrying(error)) return this.#end(this.#failure(error));
        if (this.#endError) return;
        // Of a lost connection its supervisor tells, and it waits by itself.
        if (this.#connection.isOpen) {
          this.#couldNotAttach(error);
          waitMs = backoffMs(++failures, attemptWaits);
        }
      }
      if (waitMs > 0) await pause(waitMs, this.#abort.signal);
    }
  }

  #isWorthRetrying(error: unknown): boolean {
    return !this.#connection.isClosed && (this.#wasReady || isLoss(error) || isMissing(error));
  }

  #failure(error: unknown): Error {
    const { name } = this.#purpose;
    if (this.#connection.isClosed)
      return new TransportClosedError(`${name}: the transport was closed`, { cause: error });
    const refusal = refusalIn(error);
    if (refusal) return topologyError(name, refusal);
    return error instanceof Error ? error : new Error(messageOf(error));
  }

  /**
   * Opens and prepares a channel, and waits until it is lost. Tells whether it was of use: it lived for a while, or ended by what was
   * published on it.
   */
  async #attach(): Promise<boolean> {
    const connection = await this.#connection.whenOpen();
    if (this.#endError) return false;
    const channel = await this.#limit.open(connection);
    this.#opened = channel;
    try {
      if (!this.#endError) await this.#limit.ask(channel, this.#purpose.prepare(channel));
    } catch (error) {
      await endsWithin(channel.close(), goodbyeMs); // the reason it failed is what counts
      throw error;
    }
    if (this.#endError) {
      await channel.close();
      return false;
    }
    const since = performance.now();
    this.#becomeReady(channel);
    const closed = await channel.closed;
    this.#lose(closed);
    return performance.now() - since > stableMs || refusalIn(closed.error)?.method === 'basic.publish';
  }

  #becomeReady(channel: AmqpChannel): void {
    this.#channel = channel;
    this.#wasReady = true;
    this.#lostBecause = undefined;
    this.#since = new Date();
    this.#told.clear();
    this.#renewedBecause = undefined;
    this.#ready.resolve(channel);
    this.#tellWritable();
  }

  #lose({ error, reason }: ChannelClosed): void {
    this.#opened = undefined;
    if (this.#endError) return;
    this.#channel = undefined;
    this.#ready = quietDeferred();
    const why = error ? messageOf(error) : (this.#renewedBecause ?? 'a queue that it consumed from is gone');
    this.#renewedBecause = undefined;
    const exchange = missingExchangeIn(error);
    const isToldElsewhere = exchange !== undefined && this.#purpose.onExchangeMissing !== undefined;
    if (reason !== 'connection') {
      this.#connection.counters.count('channels_lost', this.#purpose.name);
      if (!isToldElsewhere) this.#tell(error, `lost its channel (${why}); attaching again`);
    }
    this.#since = new Date();
    const what = reason === 'connection' ? 'the connection to the broker was lost' : 'its channel was lost';
    this.#lostBecause = `${what}: ${why}`;
    this.#purpose.onLost?.(new DisconnectedError(`${this.#purpose.name}: ${what}: ${why}`, { cause: error }));
    if (exchange !== undefined) this.#purpose.onExchangeMissing?.(exchange);
  }

  #couldNotAttach(error: unknown): void {
    const exchange = missingExchangeIn(error);
    if (exchange !== undefined && this.#purpose.onExchangeMissing) return this.#purpose.onExchangeMissing(exchange);
    const what = `could not attach to the broker: ${messageOf(error)}`;
    this.#lostBecause = what;
    this.#tell(error, `${what}; trying again`);
  }

  #tellWritable(): void {
    const channel = this.writable;
    if (channel) this.#purpose.onWritable?.(channel);
  }

  /** Tells each reason once until the channel is there again. */
  #tell(error: unknown, what: string): void {
    const level = this.#told.has(what) ? 'debug' : 'warn';
    this.#told.add(what);
    this.#purpose.logger[level]({ err: error }, `${this.#purpose.name}: ${what}`);
  }
}

/** A deferred whose rejection raises no alarm when nobody waits for it. */
function quietDeferred(): Deferred<AmqpChannel> {
  const created = deferred<AmqpChannel>();
  created.promise.catch(() => {});
  return created;
}
