import { backoffMs } from '../foundation/backoff.ts';
import { Counters } from '../foundation/counters.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { withoutStack } from '../foundation/serialise-error.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { AmqpConnection } from '../protocol/client/index.ts';
import { BrokerUnavailableError, TransportClosedError } from '../transport/transport-errors.ts';
import type { ResolvedAmqpOptions } from './amqp-options.ts';
import { describeTarget } from './amqp-uri.ts';
import { connectAccompanied } from './accompanied-attempt.ts';
import { attemptWaits, stableMs } from './attempt-waits.ts';
import { type Attempts, tryUntilDone } from './attempts.ts';

/** What a supervised connection is told. */
export interface ConnectionSettings
  extends Pick<ResolvedAmqpOptions, 'source' | 'logger' | 'connectionName'>,
    Partial<Pick<ResolvedAmqpOptions, 'startup' | 'startupTimeoutMs' | 'reconnectTimeoutMs'>> {
  /** @default counters of its own */
  readonly counters?: Counters;
  /** The connection was away for longer than is allowed: it is closed, for good. */
  readonly onGivenUp?: (error: BrokerUnavailableError) => void;
}

/**
 * A connection that comes back by itself.
 *
 * States: *idle* -> *connecting* -> *open* -> *lost* -> *connecting* (with backoff) -> *open* ...; from any of them
 * *closed*. With `startup: 'fail-fast'` the first attempt is the caller's: if no broker can be reached, `open()` rejects and the
 * state is *idle* again; with `wait` it goes on trying. Later losses are nobody's: they are logged, as is each new reason why
 * it does not come back. While *open* the broker may be *blocked*: it reads no more from connections that publish.
 */
export class SupervisedConnection {
  readonly counters: Counters;
  readonly #settings: ConnectionSettings;
  readonly #abort = new AbortController();
  readonly #whenUnblocked = new Set<() => void>();
  #connection: AmqpConnection | undefined;
  /** The broker that it leads to, or led to last, without the password; `undefined` where it is not on the network. */
  #broker: string | undefined;
  #opening: Promise<void> | undefined;
  #waiters: Deferred<AmqpConnection>[] = [];
  /** Connections in a row that were lost as soon as they were made. */
  #quickLosses = 0;
  /** Why there is no connection, while one is wanted. */
  #problem: string | undefined;
  /** When it was opened, lost, blocked or unblocked last. */
  #since: Date | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.counters = settings.counters ?? new Counters();
  }

  /** True once `close()` was called, or once it was given up. */
  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  /** Why the broker reads nothing from this connection, while it does not. */
  get blocked(): string | undefined {
    return this.#connection?.blocked;
  }

  /** Tells whether it can be used: it is open, and the broker reads. */
  health(): HealthReport {
    const since = this.#since ? { since: this.#since } : {};
    const { blocked } = this;
    const reason = this.#problem === undefined ? {} : { reason: this.#problem };
    if (this.isClosed) return { ready: false, state: 'closed', ...reason };
    const broker = this.#broker === undefined ? {} : { broker: this.#broker };
    if (this.isOpen && blocked === undefined) return { ready: true, state: 'open', ...broker, ...since };
    if (this.isOpen)
      return {
        ready: false,
        state: 'blocked',
        reason: `the broker takes no messages: ${blocked}`,
        ...broker,
        ...since,
      };
    if (this.#since) return { ready: false, state: 'lost', reason: 'the connection was lost', ...reason, ...since };
    return { ready: false, state: this.#opening ? 'connecting' : 'idle', ...reason };
  }

  /**
   * Connects: in one attempt, or, where it is to wait, in as many as it takes. Idempotent. Rejects with a
   * `BrokerUnavailableError` that lists what was tried.
   */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /** Resolves with the open connection, now or when it is back. Rejects once closed. */
  whenOpen(): Promise<AmqpConnection> {
    if (this.isClosed) return Promise.reject(this.#abort.signal.reason);
    if (this.#connection?.isOpen) return Promise.resolve(this.#connection);
    const waiter = deferred<AmqpConnection>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** Opens it, and gives the connection; `undefined` if it was lost and is not back within `mostMs`. Rejects as `open()`, and once closed. */
  async openWithin(mostMs: number): Promise<AmqpConnection | undefined> {
    await this.open();
    const connection = this.whenOpen();
    return (await endsWithin(connection, mostMs)) ? connection : undefined;
  }

  /** Calls the listener each time the broker reads again, until the function that is returned is called. */
  onUnblocked(listener: () => void): () => void {
    this.#whenUnblocked.add(listener);
    return () => this.#whenUnblocked.delete(listener);
  }

  /** Sends what is buffered and closes; interrupts attempts to connect. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#end(closedError());
    await this.#connection?.close();
  }

  #end(error: Error): void {
    this.#abort.abort(error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async #open(): Promise<void> {
    const { startup, startupTimeoutMs = 0, logger } = this.#settings;
    if (startup !== 'wait') return this.#adopt(await this.#connect());
    // Anything but that is no broker that is away: it is a mistake of ours or of the configuration.
    const isMendable = (error: unknown): boolean => error instanceof BrokerUnavailableError;
    const failed = await this.#tryUntilOpen(
      { mostMs: startupTimeoutMs, option: 'amqp.startup_timeout', firstMs: 0, isMendable },
      (reason) => `${reason}; waiting for it (amqp.startup: wait)`,
    );
    if (failed > 0) logger.info(this.#fields({ attempts: failed + 1 }), `connected to the broker${this.#place}`);
  }

  async #connect(signal = this.#abort.signal): Promise<AmqpConnection> {
    const { source, connectionName, logger } = this.#settings;
    try {
      const onError = (error: unknown): void =>
        logger.error({ err: error }, `a broker callback failed: ${messageOf(error)}`);
      return await connectAccompanied((over) => source.connect({ connectionName, signal: over, onError }), signal);
    } catch (error) {
      throw this.isClosed ? this.#abort.signal.reason : error;
    }
  }

  #adopt(connection: AmqpConnection): void {
    if (this.isClosed) {
      connection.destroy();
      throw this.#abort.signal.reason;
    }
    this.#connection = connection;
    const { reached } = this.#settings.source;
    this.#broker = reached && describeTarget(reached);
    this.#problem = undefined;
    this.#since = new Date();
    connection.onBlocked = (reason) => this.#blocked(reason);
    connection.onUnblocked = () => this.#unblocked();
    // RabbitMQ says so together with its welcome.
    if (connection.blocked !== undefined) this.#blocked(connection.blocked);
    const since = performance.now();
    void connection.closed.then(({ error }) => {
      this.#connection = undefined;
      this.#since = new Date();
      this.#quickLosses = performance.now() - since > stableMs ? 0 : this.#quickLosses + 1;
      if (!this.isClosed) void this.#reconnect(error);
    });
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection);
  }

  #blocked(reason: string): void {
    this.#since = new Date();
    this.#count('connections_blocked');
    const what = `the broker takes no messages for now: ${reason}`;
    this.#settings.logger.warn({ reason, connection: this.#name }, what);
  }

  #unblocked(): void {
    this.#since = new Date();
    this.#settings.logger.info({ connection: this.#name }, 'the broker takes messages again');
    for (const listener of this.#whenUnblocked) listener();
  }

  async #reconnect(cause: unknown): Promise<void> {
    const { logger, reconnectTimeoutMs = 0 } = this.#settings;
    this.#problem = `the connection was lost: ${messageOf(cause)}`;
    this.#count('connections_lost');
    const fields = this.#fields({ err: withoutStack(cause) });
    logger.warn(fields, `lost the connection to the broker${this.#place} (${messageOf(cause)}); reconnecting`);
    // A broker that ends each connection as soon as it has it may do so because of us: it is left in peace for longer.
    const firstMs = this.#quickLosses > 0 ? backoffMs(this.#quickLosses) : backoffMs(1, attemptWaits);
    try {
      const failed = await this.#tryUntilOpen(
        { mostMs: reconnectTimeoutMs, option: 'amqp.reconnect_timeout', firstMs, isMendable: () => true },
        (reason) => `the connection was lost, and does not come back yet: ${reason}`,
      );
      this.#count('connections_restored');
      logger.info(this.#fields({ attempts: failed + 1 }), `connected to the broker again${this.#place}`);
    } catch (error) {
      if (!this.isClosed) this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    const { logger, onGivenUp } = this.#settings;
    const given = new BrokerUnavailableError(messageOf(error), { cause: error });
    logger.error({ err: given, connection: this.#name }, messageOf(error));
    this.#problem = messageOf(error);
    this.#end(given);
    onGivenUp?.(given);
  }

  #tryUntilOpen(
    plan: Pick<Attempts, 'mostMs' | 'option' | 'firstMs' | 'isMendable'>,
    describe: (reason: string) => string,
  ): Promise<number> {
    const told = new Set<string>();
    return tryUntilDone({
      ...plan,
      signal: this.#abort.signal,
      attempt: async (giveUp) => this.#adopt(await this.#connect(giveUp)),
      onFailure: (error, failed) => this.#tell(error, failed, describe(messageOf(error)), told),
    });
  }

  /** Tells each reason once: a broker that is down, then one that refuses the password. */
  #tell(error: unknown, attempt: number, what: string, told: Set<string>): void {
    this.#count('connection_attempts_failed');
    this.#problem = what;
    const level = told.has(what) ? 'debug' : 'warn';
    told.add(what);
    this.#settings.logger[level]({ err: withoutStack(error), attempt, connection: this.#name }, what);
  }

  #count(name: string): void {
    this.counters.count(name, this.#name);
  }

  #fields(more: Record<string, unknown>): Record<string, unknown> {
    const broker = this.#broker === undefined ? {} : { broker: this.#broker };
    return { ...more, connection: this.#name, ...broker };
  }

  /** Behind 'the broker'. */
  get #place(): string {
    return this.#broker === undefined ? '' : ` at ${this.#broker}`;
  }

  get #name(): string {
    return this.#settings.connectionName;
  }
}

function closedError(): TransportClosedError {
  return new TransportClosedError(
    'the connection to the broker was closed by this process; open a new transport, or send before stopping',
  );
}
