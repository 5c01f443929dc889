import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { AnswerLimit } from './answer-limit.ts';
import { isMissing, refusalIn } from './broker-refusal.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { controlExchange, declareShared, shortcutExchange } from './topology.ts';

/** An exchange that calls work without. */
export type OptionalExchange = typeof shortcutExchange | typeof controlExchange;

const without: Readonly<Record<OptionalExchange, string>> = {
  [shortcutExchange]: 'all calls go through the exchange of Nameko, which costs the broker more',
  [controlExchange]: 'calls that are cancelled run to their end',
};

/**
 * The exchanges that calls have beside Nameko's. A user who may only do what a Nameko service does has no rights to them, and
 * something else may have their names; then calls go without. Each is tried on a channel of its own, which a refusal closes.
 */
export class OptionalExchanges {
  readonly #connection: SupervisedConnection;
  readonly #logger: Logger;
  readonly #limit: AnswerLimit;
  readonly #trying = new Map<OptionalExchange, Promise<boolean>>();
  readonly #told = new Set<OptionalExchange>();

  constructor(connection: SupervisedConnection, logger: Logger) {
    this.#connection = connection;
    this.#logger = logger;
    this.#limit = new AnswerLimit(connection);
  }

  /**
   * Declares an exchange, and tells whether queues may be bound to it and messages sent to it; if not, the log says so once. Rejects
   * when the connection is lost or the broker does not answer.
   */
  isUsable(exchange: OptionalExchange): Promise<boolean> {
    const present = this.#trying.get(exchange);
    if (present) return present;
    const trying = this.#try(exchange).finally(() => this.#trying.delete(exchange));
    this.#trying.set(exchange, trying);
    return trying;
  }

  async #try(exchange: OptionalExchange): Promise<boolean> {
    const channel = await this.#limit.open(await this.#connection.whenOpen());
    try {
      await this.#limit.ask(channel, declareAndReach(channel, exchange));
      this.#told.delete(exchange);
      return true;
    } catch (error) {
      if (!refusalIn(error) || isMissing(error)) throw error;
      this.#tell(exchange, error);
      return false;
    } finally {
      void channel.close();
    }
  }

  #tell(exchange: OptionalExchange, error: unknown): void {
    if (this.#told.has(exchange)) return;
    this.#told.add(exchange);
    const remedy = "grant the rights to configure, write and read 'mycel.*', or delete what has its name";
    const what = `works without the exchange '${exchange}' (${without[exchange]}): ${messageOf(error)}; ${remedy}`;
    this.#logger.warn({ err: error, exchange }, what);
  }
}

async function declareAndReach(channel: AmqpChannel, exchange: string): Promise<void> {
  await declareShared(channel, exchange);
  // Takes the rights to read it, as a binding does, and to write to it, as a publish does, and changes nothing. A publish would have the broker
  // stop reading from this connection while it is short of memory or disk.
  await channel.unbindExchange(exchange, exchange, 'mycel.never-bound');
}
