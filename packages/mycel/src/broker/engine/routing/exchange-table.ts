import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { AmqpFault } from '../amqp-fault.ts';
import type { Message } from '../message.ts';
import { accessRefused, describeQueue, notFound, preconditionFailed } from '../refusals.ts';
import { withoutLineEnds } from '../without-line-ends.ts';
import { assertHeadersMatch } from './headers-match.ts';
import type { Destination, Exchange, QueueEnd } from './exchange.ts';
import { type BindingTerms, ExchangeGraph } from './exchange-graph.ts';
import {
  assertEquivalent,
  assertKnownArguments,
  describeExchange,
  type ExchangeDeclaration,
  type ExchangeSettings,
  exchangeTypeOf,
  settingsOf,
} from './exchange-settings.ts';
import { predeclaredExchanges } from './predeclared-exchanges.ts';
import { routingKeysOf } from './sender-selected.ts';

export interface ExchangeTableOptions {
  /** The virtual host, for the texts of faults. */
  readonly vhost: string;
  /** Exchanges, the predeclared ones included, beyond which none can be declared. @default no limit */
  readonly maxExchanges?: number;
  /** The memory that bindings may take, roughly, in bytes: enough for 100,000 ordinary ones. @default 256 MiB */
  readonly maxBindingBytes?: number;
}

/** The fields of `queue.bind` and `queue.unbind`. */
export interface QueueBinding extends BindingTerms {
  readonly queue: string;
  readonly exchange: string;
}

/** The fields of `exchange.bind` and `exchange.unbind`. */
export interface ExchangeBinding extends BindingTerms {
  readonly destination: string;
  readonly source: string;
}

/** A binding, for those who list them. */
export interface BindingListing {
  readonly source: string;
  readonly destination: string;
  readonly destinationType: 'queue' | 'exchange';
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/**
 * The exchanges and bindings of one virtual host: what leads a message to its queues. Of a queue it knows the name only.
 *
 * Methods take the fields of the AMQP method they are named for, and do all of it or throw an `AmqpFault` and do nothing.
 * The default exchange `''` is no exchange in the table: it leads to every queue by its name, and can be published to only.
 */
export class ExchangeTable<Q extends { readonly name: string }> {
  readonly #vhost: string;
  readonly #maxExchanges: number;
  readonly #maxBindingBytes: number;
  readonly #graph = new ExchangeGraph<Q>();

  constructor({
    vhost,
    maxExchanges = Number.POSITIVE_INFINITY,
    maxBindingBytes = 256 * 1024 * 1024,
  }: ExchangeTableOptions) {
    this.#vhost = vhost;
    this.#maxExchanges = maxExchanges;
    this.#maxBindingBytes = maxBindingBytes;
    for (const settings of predeclaredExchanges) this.#graph.addExchange(settings);
  }

  /** Makes a queue known, to be bound and to be reached through the default exchange. Its name must be new. */
  addQueue(queue: Q): void {
    this.#graph.addQueue(queue.name, queue);
  }

  /** Forgets a queue and its bindings; exchanges that delete themselves may go with them. No fault if it is unknown. */
  removeQueue(name: string): void {
    const end = this.#graph.queues.get(name);
    if (end !== undefined) this.#graph.removeQueue(end);
  }

  /** `exchange.declare`, passive or not. Declaring again what is there is refused (406) if it differs. */
  declare(method: ExchangeDeclaration & { readonly passive: boolean }): void {
    const declaration = { ...method, exchange: withoutLineEnds(method.exchange) };
    const name = declaration.exchange;
    if (!method.passive) exchangeTypeOf(declaration.type);
    assertNotDefault(name);
    const current = this.#graph.exchanges.get(name);
    if (method.passive) {
      if (current === undefined) throw this.#noExchange(name);
      return;
    }
    assertKnownArguments(declaration, this.#vhost);
    if (current === undefined) this.#create(settingsOf(declaration, this.#vhost));
    else assertEquivalent(current.settings, declaration, this.#vhost);
  }

  /** `exchange.delete`: the exchange goes with its bindings, from it and to it. No fault if there is none. */
  delete(method: { readonly exchange: string; readonly ifUnused: boolean }): void {
    const name = withoutLineEnds(method.exchange);
    assertNotDefault(name);
    const described = describeExchange(name, this.#vhost);
    if (name.startsWith('amq.')) throw accessRefused(`deletion of system ${described} not allowed`);
    const exchange = this.#graph.exchanges.get(name);
    if (exchange === undefined) return;
    if (method.ifUnused && exchange.outgoing.size > 0) throw preconditionFailed(`${described} in use`);
    this.#graph.removeExchange(exchange);
  }

  /**
   * `queue.bind`, with the queue's name spelt out. No fault if it is bound so already. `allow` is asked when exchange and
   * queue are both there, and throws if this client may not bind the queue (405).
   */
  bindQueue(method: QueueBinding, allow?: (queue: Q) => void): void {
    assertNotDefault(withoutLineEnds(method.exchange));
    const source = this.#exchangeNamed(method.exchange);
    const destination = this.#queueNamed(method.queue);
    allow?.(destination.queue);
    this.#bind(source, destination, method);
  }

  /** `queue.unbind`. No fault if there is no such binding, queue or exchange. `allow` as for {@link bindQueue}. */
  unbindQueue(method: QueueBinding, allow?: (queue: Q) => void): void {
    assertNotDefault(withoutLineEnds(method.exchange));
    const source = this.#graph.exchanges.get(withoutLineEnds(method.exchange));
    const destination = this.#graph.queues.get(withoutLineEnds(method.queue));
    if (source === undefined || destination === undefined) return;
    allow?.(destination.queue);
    this.#graph.unbind(source, destination, method);
  }

  /** `exchange.bind`. No fault if it is bound so already, nor if exchanges come to lead in a circle. */
  bindExchange(method: ExchangeBinding): void {
    assertNotDefault(withoutLineEnds(method.destination), withoutLineEnds(method.source));
    const source = this.#exchangeNamed(method.source);
    this.#bind(source, this.#exchangeNamed(method.destination), method);
  }

  /** `exchange.unbind`. No fault if there is no such binding or exchange. */
  unbindExchange(method: ExchangeBinding): void {
    assertNotDefault(withoutLineEnds(method.destination), withoutLineEnds(method.source));
    const source = this.#graph.exchanges.get(withoutLineEnds(method.source));
    const destination = this.#graph.exchanges.get(withoutLineEnds(method.destination));
    if (source !== undefined && destination !== undefined) this.#graph.unbind(source, destination, method);
  }

  /** Refuses a publisher's exchange that is not there (404) or internal (403). Here, as in RabbitMQ, a line end counts. */
  assertPublishable(name: string): void {
    if (name === '') return;
    const exchange = this.#graph.exchanges.get(name);
    if (exchange === undefined) throw this.#noExchange(name);
    if (exchange.settings.internal) {
      throw accessRefused(`cannot publish to internal ${describeExchange(name, this.#vhost)}`);
    }
  }

  /**
   * Finds the queues of a message at an exchange, each once, in no order to count on: none if there is no such exchange,
   * internal ones work. Without `routingKeys` it takes {@link routingKeysOf} the message, which may throw (406).
   */
  route(exchange: string, message: Message, routingKeys: readonly string[] = routingKeysOf(message)): Q[] {
    if (exchange === '') return this.#queuesNamed(routingKeys);
    const first = this.#graph.exchanges.get(exchange);
    return first === undefined ? [] : this.#graph.queuesFrom(first, routingKeys, message);
  }

  /** Lists the exchanges, the predeclared ones included, the default one not. */
  exchanges(): ExchangeSettings[] {
    return [...this.#graph.exchanges.values()].map(({ settings }) => settings);
  }

  /** Lists the bindings, those of the default exchange not. */
  *bindings(): IterableIterator<BindingListing> {
    for (const { outgoing } of this.#graph.exchanges.values()) {
      for (const { source, destination, routingKey, arguments: args } of outgoing.values()) {
        const { name, kind } = destination;
        yield { source: source.name, destination: name, destinationType: kind, routingKey, arguments: args };
      }
    }
  }

  #create(settings: ExchangeSettings): void {
    if (this.#graph.exchanges.size >= this.#maxExchanges) {
      const what = `cannot declare ${describeExchange(settings.name, this.#vhost)}`;
      throw preconditionFailed(`${what}: exchange limit of ${this.#maxExchanges} is reached`);
    }
    this.#graph.addExchange(settings);
  }

  #bind(source: Exchange<Q>, destination: Destination<Q>, terms: BindingTerms): void {
    if (source.settings.type === 'headers') assertHeadersMatch(terms.arguments);
    if (this.#graph.bindingBytes >= this.#maxBindingBytes && !this.#graph.hasBinding(source, destination, terms)) {
      const what = `cannot bind ${destination.kind} '${destination.name}' in vhost '${this.#vhost}'`;
      throw preconditionFailed(`${what}: limit of ${this.#maxBindingBytes} bytes for bindings is reached`);
    }
    this.#graph.bind(source, destination, terms);
  }

  #exchangeNamed(given: string): Exchange<Q> {
    const exchange = this.#graph.exchanges.get(withoutLineEnds(given));
    if (exchange === undefined) throw this.#noExchange(withoutLineEnds(given));
    return exchange;
  }

  #queueNamed(given: string): QueueEnd<Q> {
    const end = this.#graph.queues.get(withoutLineEnds(given));
    if (end === undefined) throw notFound(`no ${describeQueue(withoutLineEnds(given), this.#vhost)}`);
    return end;
  }

  #noExchange(name: string): AmqpFault {
    return notFound(`no ${describeExchange(name, this.#vhost)}`);
  }

  #queuesNamed(names: readonly string[]): Q[] {
    const distinct = names.length === 1 ? names : new Set(names);
    const queues: Q[] = [];
    for (const name of distinct) {
      const end = this.#graph.queues.get(name);
      if (end !== undefined) queues.push(end.queue);
    }
    return queues;
  }
}

function assertNotDefault(...exchanges: readonly string[]): void {
  if (exchanges.includes('')) throw accessRefused('operation not permitted on the default exchange');
}
