import type { ConnectOptions } from '../protocol/client/index.ts';
import { describeTarget } from './amqp-uri.ts';

/** How long a broker that has failed is tried after the others, in milliseconds. */
export const suspectMs = 30_000;

/** What is known of one broker. */
interface Standing {
  /** Its place among those that have not failed, by chance. */
  readonly rank: number;
  /** By the clock of `performance.now()`. */
  readonly failedAt?: number;
}

/**
 * In which order one process tries the nodes of a cluster: by chance, or all processes would hang on the node that is named first;
 * and those that failed lately last, or each attempt would wait anew for one that takes connections and says nothing.
 */
export class TargetOrder {
  readonly #random: () => number;
  #known = new Map<string, Standing>();

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Puts the brokers in the order in which they are to be tried now, and forgets those that are not among them. */
  arrange(targets: readonly ConnectOptions[]): ConnectOptions[] {
    const now = performance.now();
    const standings = targets.map((target) => {
      const name = describeTarget(target);
      const { rank = this.#random(), failedAt = -Infinity } = this.#known.get(name) ?? {};
      return { target, name, standing: { rank, failedAt }, suspectSince: now - failedAt < suspectMs ? failedAt : 0 };
    });
    this.#known = new Map(standings.map(({ name, standing }) => [name, standing]));
    standings.sort((a, b) => a.suspectSince - b.suspectSince || a.standing.rank - b.standing.rank);
    return standings.map(({ target }) => target);
  }

  /** Notes that a connection to it came about. */
  worked(target: ConnectOptions): void {
    const name = describeTarget(target);
    this.#known.set(name, { rank: this.#known.get(name)?.rank ?? this.#random() });
  }

  /** Notes that it could not be reached, or that a connection to it was lost. */
  failed(target: ConnectOptions): void {
    this.#known.set(describeTarget(target), { rank: this.#random(), failedAt: performance.now() });
  }
}
