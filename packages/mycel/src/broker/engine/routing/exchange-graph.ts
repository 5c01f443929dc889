import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { Message } from '../message.ts';
import { type Binding, type Destination, Exchange, QueueEnd } from './exchange.ts';
import type { ExchangeSettings } from './exchange-settings.ts';
import { tableIdentity } from './field-identity.ts';
import { RouteWalk } from './route-walk.ts';

/** What a binding is, besides its two ends. */
export interface BindingTerms {
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/**
 * Exchanges, queues and the bindings between them, kept whole: a binding is known to both its ends, goes with either, and
 * takes an exchange with it that deletes itself after its last. Whether something may be done is the caller's to know.
 */
export class ExchangeGraph<Q> {
  readonly #exchanges = new Map<string, Exchange<Q>>();
  readonly #queues = new Map<string, QueueEnd<Q>>();
  readonly #walk = new RouteWalk(this.#exchanges);
  #bindingBytes = 0;

  get exchanges(): ReadonlyMap<string, Exchange<Q>> {
    return this.#exchanges;
  }

  get queues(): ReadonlyMap<string, QueueEnd<Q>> {
    return this.#queues;
  }

  /** Roughly the memory that all bindings take. */
  get bindingBytes(): number {
    return this.#bindingBytes;
  }

  addExchange(settings: ExchangeSettings): void {
    this.#exchanges.set(settings.name, new Exchange(settings));
  }

  removeExchange(exchange: Exchange<Q>): void {
    this.#exchanges.delete(exchange.name);
    this.#unbindAll([...exchange.outgoing.values(), ...exchange.incoming]);
  }

  addQueue(name: string, queue: Q): void {
    this.#queues.set(name, new QueueEnd(name, queue));
  }

  removeQueue(end: QueueEnd<Q>): void {
    this.#queues.delete(end.name);
    this.#unbindAll([...end.incoming]);
  }

  hasBinding(source: Exchange<Q>, destination: Destination<Q>, terms: BindingTerms): boolean {
    return source.outgoing.has(identityOf(destination, terms));
  }

  bind(source: Exchange<Q>, destination: Destination<Q>, terms: BindingTerms): void {
    const identity = identityOf(destination, terms);
    if (source.outgoing.has(identity)) return;
    const size = sizeOf(identity, terms);
    source.attach({ identity, source, destination, routingKey: terms.routingKey, arguments: terms.arguments, size });
    this.#bindingBytes += size;
  }

  unbind(source: Exchange<Q>, destination: Destination<Q>, terms: BindingTerms): void {
    const binding = source.outgoing.get(identityOf(destination, terms));
    if (binding !== undefined) this.#unbindAll([binding]);
  }

  /** Finds the queues that a message reaches from an exchange, each once. */
  queuesFrom(exchange: Exchange<Q>, routingKeys: readonly string[], message: Pick<Message, 'properties'>): Q[] {
    return this.#walk.queuesFrom(exchange, routingKeys, message);
  }

  /** Takes bindings away, and then those of each exchange that deletes itself for want of them. */
  #unbindAll(bindings: Binding<Q>[]): void {
    for (let binding = bindings.pop(); binding !== undefined; binding = bindings.pop()) {
      const { source } = binding;
      if (!source.detach(binding)) continue;
      this.#bindingBytes -= binding.size;
      if (!source.settings.autoDelete || source.outgoing.size > 0) continue;
      this.#exchanges.delete(source.name);
      for (const last of source.incoming) bindings.push(last);
    }
  }
}

/** Bindings of one exchange are the same if they agree in all of this; the order of arguments is none of it. */
function identityOf<Q>({ kind, name }: Destination<Q>, { routingKey, arguments: args }: BindingTerms): string {
  return JSON.stringify([kind, name, routingKey, tableIdentity(args)]);
}

/** Measured: each word of a pattern may need a place of its own in the tree, and each header asked for a list of askers. */
function sizeOf(identity: string, { routingKey, arguments: args }: BindingTerms): number {
  return 1000 + 3 * identity.length + 300 * routingKey.split('.').length + 800 * Object.keys(args).length;
}
