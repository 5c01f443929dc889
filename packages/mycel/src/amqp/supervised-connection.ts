import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import { AmqpConnection, type ConnectOptions } from '../protocol/client/index.ts';
import { BrokerUnavailableError, TransportClosedError } from '../transport/transport-errors.ts';
import type { ResolvedAmqpOptions } from './amqp-options.ts';
import { describeTarget } from './amqp-uri.ts';

/** What a supervised connection is told. */
export type ConnectionSettings = Pick<ResolvedAmqpOptions, 'targets' | 'logger' | 'connectionName'>;

/**
 * A connection that comes back by itself.
 *
 * States: *idle* -> *connecting* -> *open* -> *lost* -> *connecting* (with backoff, for ever) -> *open* ...; from any
 * of them *closed*. The first attempt is the caller's: if no target can be reached, `open()` rejects and the state is
 * *idle* again. Later losses are nobody's: they are logged once, and once more when the connection is back.
 */
export class SupervisedConnection {
  readonly #settings: ConnectionSettings;
  readonly #abort = new AbortController();
  #connection: AmqpConnection | undefined;
  #opening: Promise<void> | undefined;
  #waiters: Deferred<AmqpConnection>[] = [];

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** True once `close()` was called. */
  get isClosed(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Connects, trying each target once. Idempotent. Rejects with a `BrokerUnavailableError` that lists what was tried. */
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
    if (this.#connection) return Promise.resolve(this.#connection);
    const waiter = deferred<AmqpConnection>();
    this.#waiters.push(waiter);
    return waiter.promise;
  }

  /** Sends what is buffered and closes; interrupts attempts to connect. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#abort.abort(closedError());
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closedError());
    await this.#connection?.close();
  }

  async #connect(): Promise<AmqpConnection> {
    const { targets, connectionName } = this.#settings;
    const failures: { target: ConnectOptions; error: unknown }[] = [];
    for (const target of targets) {
      try {
        return await AmqpConnection.connect({
          ...target,
          connectionName,
          signal: this.#abort.signal,
          onError: (error) =>
            this.#settings.logger.error({ err: error }, `a broker callback failed: ${messageOf(error)}`),
        });
      } catch (error) {
        if (this.isClosed) throw closedError();
        failures.push({ target, error });
      }
    }
    const tried = failures.map(({ target, error }) => `${describeTarget(target)}: ${messageOf(error)}`).join('; ');
    throw new BrokerUnavailableError(
      `cannot connect to the broker (${tried}); check that it runs, and the setting amqp.uri (or AMQP_URI)`,
      { cause: failures[0]?.error },
    );
  }

  #adopt(connection: AmqpConnection): void {
    if (this.isClosed) {
      connection.destroy();
      throw closedError();
    }
    this.#connection = connection;
    const { logger } = this.#settings;
    connection.onBlocked = (reason) => logger.warn({ reason }, `the broker takes no messages for now: ${reason}`);
    connection.onUnblocked = () => logger.info({}, 'the broker takes messages again');
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection);
    void connection.closed.then(({ error }) => {
      this.#connection = undefined;
      if (!this.isClosed) void this.#reconnect(error);
    });
  }

  async #reconnect(cause: unknown): Promise<void> {
    const { logger, connectionName } = this.#settings;
    logger.warn(
      { err: cause, connection: connectionName },
      `lost the connection to the broker (${messageOf(cause)}); reconnecting`,
    );
    for (let attempt = 1; !this.isClosed; attempt++) {
      await pause(backoffMs(attempt), this.#abort.signal);
      if (this.isClosed) return;
      try {
        this.#adopt(await this.#connect());
        logger.info({ connection: connectionName, attempts: attempt }, 'connected to the broker again');
        return;
      } catch (error) {
        if (!this.isClosed)
          logger.debug({ err: error, attempt }, `attempt ${attempt} to reconnect failed: ${messageOf(error)}`);
      }
    }
  }
}

function closedError(): TransportClosedError {
  return new TransportClosedError(
    'the connection to the broker was closed by this process; open a new transport, or send before stopping',
  );
}

/** Waits `ms`, or until `signal` aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
