import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, ChannelClosed } from '../protocol/client/index.ts';
import { DisconnectedError, TransportClosedError } from '../transport/transport-errors.ts';
import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import { pause } from './pause.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** A channel that lived this long was no quick failure: the next one is opened without a wait. */
const stableMs = 1000;

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
  /** There is no channel, and none follows. */
  readonly onEnded?: (error: Error) => void;
}

/**
 * A channel that comes back by itself, with everything declared and consumed on it.
 *
 * States: *preparing* -> *ready* -> *lost* -> *preparing* ...; from any of them *ended*: closed, or the first
 * preparation failed for another reason than a lost connection (an entity exists with other properties, no permission);
 * `ready()` then rejects for good. Later failures are logged and tried again.
 */
export class KeptChannel {
  readonly #connection: SupervisedConnection;
  readonly #purpose: ChannelPurpose;
  readonly #abort = new AbortController();
  readonly #stopListening: () => void;
  /** The channel while it is prepared, and from then on. */
  #opened: AmqpChannel | undefined;
  #channel: AmqpChannel | undefined;
  #ready: Deferred<AmqpChannel> = quietDeferred();
  #wasReady = false;
  #endError: Error | undefined;
  /** Why there is no channel, after there was one. */
  #lostBecause: string | undefined;
  /** When it came into its state. */
  #since = new Date();

  constructor(connection: SupervisedConnection, purpose: ChannelPurpose) {
    this.#connection = connection;
    this.#purpose = purpose;
    this.#stopListening = connection.onUnblocked(() => this.#tellWritable());
    void this.#keep();
  }

  /** The channel, if it is ready and the broker reads what is published. */
  get writable(): AmqpChannel | undefined {
    const channel = this.#channel;
    return channel?.isOpen && this.#connection.blocked === undefined ? channel : undefined;
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
    if (this.#wasReady)
      return { ready: false, state: 'lost', reason: this.#lostBecause ?? 'its channel was lost', since };
    return { ready: false, state: 'preparing', since };
  }

  /** Resolves with the channel, now or when it is back. Rejects once it has ended. */
  ready(): Promise<AmqpChannel> {
    return this.#ready.promise;
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
    for (let attempt = 1; !this.#endError; attempt++) {
      try {
        if ((await this.#attach()) > stableMs) attempt = 0;
      } catch (error) {
        if (!this.#isWorthRetrying(error)) return this.#end(this.#failure(error));
        if (this.#endError) return;
        // Of a lost connection its supervisor tells, and it waits by itself.
        if (!this.#connection.isOpen) attempt = 0;
        else this.#couldNotAttach(error);
      }
      if (attempt > 0) await pause(backoffMs(attempt), this.#abort.signal);
    }
  }

  #isWorthRetrying(error: unknown): boolean {
    return !this.#connection.isClosed && (this.#wasReady || isLoss(error));
  }

  #failure(error: unknown): Error {
    const { name } = this.#purpose;
    if (this.#connection.isClosed)
      return new TransportClosedError(`${name}: the transport was closed`, { cause: error });
    const refusal = refusalIn(error);
    if (refusal) return topologyError(name, refusal);
    return error instanceof Error ? error : new Error(messageOf(error));
  }

  /** Opens and prepares a channel, waits until it is lost, and returns how long it lasted, in milliseconds. */
  async #attach(): Promise<number> {
    const connection = await this.#connection.whenOpen();
    if (this.#endError) return 0;
    const channel = await connection.openChannel();
    this.#opened = channel;
    try {
      if (!this.#endError) await this.#purpose.prepare(channel);
    } catch (error) {
      await channel.close(); // the reason it failed is what counts
      throw error;
    }
    if (this.#endError) {
      await channel.close();
      return 0;
    }
    const since = performance.now();
    this.#becomeReady(channel);
    this.#lose(await channel.closed);
    return performance.now() - since;
  }

  #becomeReady(channel: AmqpChannel): void {
    this.#channel = channel;
    this.#wasReady = true;
    this.#lostBecause = undefined;
    this.#since = new Date();
    this.#ready.resolve(channel);
    this.#tellWritable();
  }

  #lose({ error, reason }: ChannelClosed): void {
    this.#opened = undefined;
    if (this.#endError) return;
    this.#channel = undefined;
    this.#ready = quietDeferred();
    const why = error ? messageOf(error) : 'a queue that it consumed from is gone';
    if (reason !== 'connection') this.#warn(error, `lost its channel (${why}); attaching again`);
    this.#since = new Date();
    const what = reason === 'connection' ? 'the connection to the broker was lost' : 'its channel was lost';
    this.#lostBecause = `${what}: ${why}`;
    this.#purpose.onLost?.(new DisconnectedError(`${this.#purpose.name}: ${what}: ${why}`, { cause: error }));
  }

  #couldNotAttach(error: unknown): void {
    const what = `could not attach to the broker: ${messageOf(error)}`;
    this.#lostBecause = what;
    this.#warn(error, `${what}; trying again`);
  }

  #tellWritable(): void {
    const channel = this.writable;
    if (channel) this.#purpose.onWritable?.(channel);
  }

  #warn(error: unknown, what: string): void {
    this.#purpose.logger.warn({ err: error }, `${this.#purpose.name}: ${what}`);
  }
}

/** A deferred whose rejection raises no alarm when nobody waits for it. */
function quietDeferred(): Deferred<AmqpChannel> {
  const created = deferred<AmqpChannel>();
  created.promise.catch(() => {});
  return created;
}
