import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { AmqpConnection, type ConnectOptions } from '../protocol/client/index.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { SilentBrokerError } from './accompanied-attempt.ts';
import { describeTarget } from './amqp-uri.ts';
import type { ConnectionDetails, ConnectionSource } from './connection-source.ts';
import { TargetOrder } from './target-order.ts';

/** The brokers to choose from, which are nodes of one cluster: known, or asked for before each attempt, since a broker may move and a password change. */
export type Targets = readonly ConnectOptions[] | (() => Promise<readonly ConnectOptions[]>);

/** Connections over the network, to one of several brokers that can be reached: see {@link TargetOrder}. */
export class NetworkSource implements ConnectionSource {
  readonly #find: (() => Promise<readonly ConnectOptions[]>) | undefined;
  readonly #findTimeoutMs: number;
  readonly #order = new TargetOrder();
  #targets: readonly ConnectOptions[] | undefined;
  #reached: ConnectOptions | undefined;
  /** The question that is not answered yet. */
  #asking: Promise<readonly ConnectOptions[]> | undefined;

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
    const targets = await this.#known(details.signal);
    const failures = new Map<ConnectOptions, unknown>();
    for (const target of this.#order.arrange(targets)) {
      try {
        const connection = await AmqpConnection.connect({ ...target, ...details });
        this.#order.worked(target);
        void connection.closed.then(({ error }) => error && this.#order.failed(target));
        this.#reached = target;
        return connection;
      } catch (error) {
        // Given up because it said nothing, or because nobody wants a connection any more.
        const isGivenUp = details.signal?.aborted ?? false;
        if (!isGivenUp || details.signal?.reason instanceof SilentBrokerError) this.#order.failed(target);
        if (isGivenUp) throw error;
        failures.set(target, error);
      }
    }
    // In the order in which they are named, whichever was tried first: the same reasons are the same text, which is told once.
    const tried = targets.map((target) => `${describeTarget(target)}: ${messageOf(failures.get(target))}`).join('; ');
    throw unavailable(tried, failures.values().next().value);
  }

  async #known(signal: AbortSignal | undefined): Promise<readonly ConnectOptions[]> {
    if (!this.#find) return this.#targets ?? [];
    const asking = (this.#asking ??= this.#ask(this.#find));
    try {
      this.#targets = await within(asking, this.#findTimeoutMs, signal);
      return this.#targets;
    } catch (error) {
      if (!signal?.aborted && this.#asking === asking) this.#asking = undefined; // it may never be answered
      // Whoever was asked has said what to do.
      if (signal?.aborted || error instanceof BrokerUnavailableError) throw error;
      throw unavailable(`asked where it is: ${messageOf(error)}`, error);
    }
  }

  /** Once for all attempts that wait for the answer: whoever is slow because many ask is not to be asked anew each second. */
  #ask(find: () => Promise<readonly ConnectOptions[]>): Promise<readonly ConnectOptions[]> {
    const asking = find().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    return asking;
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
