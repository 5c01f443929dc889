import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { AmqpConnection, type ConnectOptions } from '../protocol/client/index.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { describeTarget } from './amqp-uri.ts';
import type { ConnectionDetails, ConnectionSource } from './connection-source.ts';

/** The brokers to try in turn: known, or asked for before each attempt, since a broker may move and a password change. */
export type Targets = readonly ConnectOptions[] | (() => Promise<readonly ConnectOptions[]>);

/** Connections over the network, to the first of several brokers that can be reached. */
export class NetworkSource implements ConnectionSource {
  readonly #find: (() => Promise<readonly ConnectOptions[]>) | undefined;
  readonly #findTimeoutMs: number;
  #targets: readonly ConnectOptions[] | undefined;
  #reached: ConnectOptions | undefined;

  /** `findTimeoutMs` is how long an attempt waits to be told where the brokers are. */
  constructor(targets: Targets, findTimeoutMs: number) {
    this.#findTimeoutMs = findTimeoutMs;
    if (typeof targets === 'function') this.#find = targets;
    else this.#targets = targets;
  }

  get target(): string {
    return this.#targets?.map(describeTarget).join('; ') ?? 'not looked for yet';
  }

  get reached(): ConnectOptions | undefined {
    return this.#reached;
  }

  async connect(details: ConnectionDetails): Promise<AmqpConnection> {
    const failures: { target: ConnectOptions; error: unknown }[] = [];
    for (const target of await this.#known(details.signal)) {
      try {
        const connection = await AmqpConnection.connect({ ...target, ...details });
        this.#reached = target;
        return connection;
      } catch (error) {
        if (details.signal?.aborted) throw error;
        failures.push({ target, error });
      }
    }
    const tried = failures.map(({ target, error }) => `${describeTarget(target)}: ${messageOf(error)}`).join('; ');
    throw unavailable(tried, failures[0]?.error);
  }

  async #known(signal: AbortSignal | undefined): Promise<readonly ConnectOptions[]> {
    if (!this.#find) return this.#targets ?? [];
    try {
      this.#targets = await within(this.#find(), this.#findTimeoutMs, signal);
      return this.#targets;
    } catch (error) {
      // Whoever was asked has said what to do.
      if (signal?.aborted || error instanceof BrokerUnavailableError) throw error;
      throw unavailable(`asked where it is: ${messageOf(error)}`, error);
    }
  }
}

/** Waits for an answer, but no longer than is allowed or wanted. */
async function within<T>(answer: Promise<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
  try {
    if (await endsWithin(Promise.race([answer, aborted]), ms)) return await answer;
    throw new Error(`no answer within ${ms} ms`);
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

function unavailable(tried: string, cause: unknown): BrokerUnavailableError {
  return new BrokerUnavailableError(
    `cannot connect to the broker (${tried}); check that it runs, and the setting amqp.uri (or AMQP_URI)`,
    { cause },
  );
}
