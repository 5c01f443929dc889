import { messageOf } from '../../foundation/errors.ts';
import { type AmqpConnection, ConnectionLostError, type ConnectOptions } from '../../protocol/client/index.ts';
import { BrokerUnavailableError } from '../../transport/transport-errors.ts';
import type { BrokerEngine } from '../engine/broker-engine.ts';
import { connectInProcess, type InProcessOptions } from './connect-in-process.ts';

/** The connections of one transport to an engine in this process: what it takes in place of URIs. */
export class InProcessSource {
  readonly target = 'in process';
  readonly isLocal = true;
  readonly #engine: BrokerEngine;
  readonly #options: InProcessOptions;
  readonly #open = new Set<AmqpConnection>();

  constructor(engine: BrokerEngine, options: InProcessOptions = {}) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Connects. Rejects with a `BrokerUnavailableError`, or the reason of an aborted `signal`. */
  async connect({ signal, ...details }: ConnectOptions): Promise<AmqpConnection> {
    signal?.throwIfAborted();
    const connection = await this.#connect(details);
    this.#open.add(connection);
    void connection.closed.then(() => this.#open.delete(connection));
    return connection;
  }

  /** Cuts all connections, as a network that fails: what is under way in either direction is lost. */
  cut(reason = 'it was cut'): void {
    for (const connection of this.#open) {
      connection.destroy(new ConnectionLostError(`The connection to the broker was lost: ${reason}`));
    }
  }

  async #connect(details: ConnectOptions): Promise<AmqpConnection> {
    try {
      return await connectInProcess(this.#engine, { ...this.#options, ...details });
    } catch (error) {
      throw new BrokerUnavailableError(`cannot connect to the broker in this process: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
