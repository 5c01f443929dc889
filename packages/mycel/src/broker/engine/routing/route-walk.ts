import type { Message } from '../message.ts';
import type { Matches } from './binding-index.ts';
import type { Binding, Exchange } from './exchange.ts';

/**
 * Takes a message from one exchange through all it leads to, and gathers the queues. Exchanges and queues are marked as
 * reached, so that each counts once and a circle of exchanges ends. One walk at a time.
 */
export class RouteWalk<Q> implements Matches<Binding<Q>> {
  readonly #exchanges: ReadonlyMap<string, Exchange<Q>>;
  #number = 0;
  #queues: Q[] = [];
  #ahead: Exchange<Q>[] = [];
  #hasMatched = false;

  constructor(exchanges: ReadonlyMap<string, Exchange<Q>>) {
    this.#exchanges = exchanges;
  }

  queuesFrom(first: Exchange<Q>, routingKeys: readonly string[], message: Pick<Message, 'properties'>): Q[] {
    this.#number += 1;
    this.#queues = [];
    this.#ahead = [];
    this.#comeTo(first);
    for (let exchange = this.#ahead.pop(); exchange !== undefined; exchange = this.#ahead.pop()) {
      this.#hasMatched = false;
      exchange.index.match(routingKeys, message, this);
      if (!this.#hasMatched) this.#comeTo(this.#alternateOf(exchange));
    }
    return this.#queues;
  }

  add({ destination }: Binding<Q>): void {
    this.#hasMatched = true;
    if (destination.kind === 'exchange') {
      this.#comeTo(destination);
    } else if (destination.reachedBy !== this.#number) {
      destination.reachedBy = this.#number;
      this.#queues.push(destination.queue);
    }
  }

  #comeTo(exchange: Exchange<Q> | undefined): void {
    if (exchange === undefined || exchange.reachedBy === this.#number) return;
    exchange.reachedBy = this.#number;
    this.#ahead.push(exchange);
  }

  #alternateOf({ settings }: Exchange<Q>): Exchange<Q> | undefined {
    return settings.alternateExchange === undefined ? undefined : this.#exchanges.get(settings.alternateExchange);
  }
}
