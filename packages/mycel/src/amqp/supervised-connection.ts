import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { AmqpConnection } from '../protocol/client/index.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import type { ResolvedAmqpOptions } from './amqp-options.ts';
import { pause } from './pause.ts';

/** What a supervised connection is told. */
export type ConnectionSettings = Pick<ResolvedAmqpOptions, 'source' | 'logger' | 'connectionName'>;

/** A connection that lived this long was no quick failure: after its loss the waits begin anew. */
const stableMs = 1000;

/**
 * A connection that comes back by itself.
 *
 * States: *idle* -> *connecting* -> *open* -> *lost* -> *connecting* (with backoff, for ever) -> *open* ...; from any
 * of them *closed*. The first attempt is the caller's: if no broker can be reached, `open()` rejects and the state is
 * *idle* again. Later losses are nobody's: they are logged, as is each new reason why it does not come back.
 * While *open* the broker may be *blocked*: it reads no more from connections that publish.
 */
export class SupervisedConnection {
  readonly #settings: ConnectionSettings;
  readonly #abort = new AbortController();
  readonly #whenUnblocked = new Set<() => void>();
  #connection: AmqpConnection | undefined;
  #opening: Promise<void> | undefined;
  #waiters: Deferred<AmqpConnection>[] = [];
  /** Attempts since the last connection that lasted. */
  #attempts = 0;
  /** Why there is no connection, while one is wanted. */
  #lostBecause: string | undefined;
  /** When it was opened, lost, blocked or unblocked last. */
  #since: Date | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** True once `close()` was called. */
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
    if (this.isClosed) return { ready: false, state: 'closed' };
    if (this.isOpen && blocked === undefined) return { ready: true, state: 'open', ...since };
    if (this.isOpen)
      return { ready: false, state: 'blocked', reason: `the broker takes no messages: ${blocked}`, ...since };
    if (this.#since)
      return { ready: false, state: 'lost', reason: this.#lostBecause ?? 'the connection was lost', ...since };
    return { ready: false, state: this.#opening ? 'connecting' : 'idle' };
  }

  /** Connects, in one attempt. Idempotent. Rejects with a `BrokerUnavailableError` that lists what was tried. */
  open(): Promise<void> {
    this.#opening ??= this.#connect().then(
      (connection) => this.#adopt(connection),
      (error: unknown) => {
        this.#opening = undefined;
        throw error;
      },
    );
    return this.#opening;
  }

  /** Resolves with the open connection, now or when it is back. Rejects with a `TransportClosedError` once closed. */
  whenOpen(): Promise<AmqpConnection> {
    if (this.isClosed) return Promise.reject(closedError());
    if (this.#connection?.isOpen) return Promise.resolve(this.#connection);
    const waiter = deferred<AmqpConnection>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** Calls the listener each time the broker reads again, until the function that is returned is called. */
  onUnblocked(listener: () => void): () => void {
    this.#whenUnblocked.add(listener);
    return () => this.#whenUnblocked.delete(listener);
  }

  /** Sends what is buffered and closes; interrupts attempts to connect. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#abort.abort(closedError());
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closedError());
    await this.#connection?.close();
  }

  async #connect(): Promise<AmqpConnection> {
    const { source, connectionName, logger } = this.#settings;
    try {
      return await source.connect({
        connectionName,
        signal: this.#abort.signal,
        onError: (error) => logger.error({ err: error }, `a broker callback failed: ${messageOf(error)}`),
      });
    } catch (error) {
      throw this.isClosed ? closedError() : error;
    }
  }

  #adopt(connection: AmqpConnection): void {
    if (this.isClosed) {
      connection.destroy();
      throw closedError();
    }
    this.#connection = connection;
    this.#lostBecause = undefined;
    this.#since = new Date();
    const { logger } = this.#settings;
    connection.onBlocked = (reason) => {
      this.#since = new Date();
      logger.warn({ reason }, `the broker takes no messages for now: ${reason}`);
    };
    connection.onUnblocked = () => {
      this.#since = new Date();
      logger.info({}, 'the broker takes messages again');
      for (const listener of this.#whenUnblocked) listener();
    };
    const since = performance.now();
    void connection.closed.then(({ error }) => {
      this.#connection = undefined;
      this.#since = new Date();
      this.#lostBecause = `the connection was lost: ${messageOf(error)}`;
      if (performance.now() - since > stableMs) this.#attempts = 0;
      if (!this.isClosed) void this.#reconnect(error);
    });
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection);
  }

  async #reconnect(cause: unknown): Promise<void> {
    const { logger, connectionName } = this.#settings;
    logger.warn(
      { err: cause, connection: connectionName },
      `lost the connection to the broker (${messageOf(cause)}); reconnecting`,
    );
    let reason: string | undefined;
    for (;;) {
      const attempt = ++this.#attempts;
      await pause(backoffMs(attempt), this.#abort.signal);
      if (this.isClosed) return;
      try {
        this.#adopt(await this.#connect());
        logger.info({ connection: connectionName, attempts: attempt }, 'connected to the broker again');
        return;
      } catch (error) {
        if (this.isClosed) return;
        // Each reason once: a broker that is down, then one that refuses the password.
        const level = messageOf(error) === reason ? 'debug' : 'warn';
        reason = messageOf(error);
        this.#lostBecause = `the connection was lost, and does not come back yet: ${reason}`;
        logger[level]({ err: error, attempt }, `could not reconnect yet: ${reason}`);
      }
    }
  }
}

function closedError(): TransportClosedError {
  return new TransportClosedError(
    'the connection to the broker was closed by this process; open a new transport, or send before stopping',
  );
}
