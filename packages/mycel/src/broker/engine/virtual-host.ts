import type { Clock } from '../../foundation/clock.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Destination } from './destination.ts';
import type { MemoryAccount } from './memory-account.ts';
import { Queue } from './queue.ts';
import type { QueueHost } from './queue-host.ts';
import type { QueueDeclaration } from './queue-settings.ts';
import { describeQueue, notAllowed, notFound, preconditionFailed, notOwned } from './refusals.ts';
import { ExchangeTable } from './routing/exchange-table.ts';
import type { Totals } from './totals.ts';

export interface VirtualHostOptions {
  readonly clock: Clock;
  readonly memory: MemoryAccount;
  readonly totals: Totals;
  readonly maxQueues: number;
  readonly maxExchanges: number;
  readonly maxVhostConsumers: number;
  readonly onNotice: (text: string) => void;
}

/** A virtual host: its exchanges and queues, which know nothing of those of another. */
export class VirtualHost implements QueueHost {
  readonly name: string;
  readonly clock: Clock;
  readonly memory: MemoryAccount;
  readonly onNotice: (text: string) => void;
  readonly exchanges: ExchangeTable<Destination>;
  readonly deadLetters: DeadLetters;
  readonly #maxQueues: number;
  readonly #maxConsumers: number;
  #consumers = 0;
  readonly #queues = new Map<string, Queue>();
  /** By the id of the connection that owns them. */
  readonly #exclusive = new Map<string, Set<Queue>>();

  readonly #replyAddresses = new Set<string>();

  constructor(name: string, options: VirtualHostOptions) {
    const { clock, memory, totals, maxQueues, maxExchanges, maxVhostConsumers, onNotice } = options;
    this.name = name;
    this.clock = clock;
    this.memory = memory;
    this.onNotice = onNotice;
    this.#maxQueues = maxQueues;
    this.#maxConsumers = maxVhostConsumers;
    this.exchanges = new ExchangeTable({ vhost: name, maxExchanges });
    this.deadLetters = new DeadLetters(clock, totals, memory, (message, keys) => {
      return this.exchanges.route(message.exchange, message, keys);
    });
  }

  /** Makes an address reachable by its name, through the default exchange. */
  openReplyAddress(address: Destination): void {
    this.#replyAddresses.add(address.name);
    this.exchanges.addQueue(address);
  }

  closeReplyAddress({ name }: Destination): void {
    this.#replyAddresses.delete(name);
    this.exchanges.removeQueue(name);
  }

  hasReplyAddress(name: string): boolean {
    return this.#replyAddresses.has(name);
  }

  get queues(): Iterable<Queue> {
    return this.#queues.values();
  }

  findQueue(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  /** Finds a queue that a connection may use. Throws a fault: 404 if it is not there, 405 if it is another connection's own. */
  queueFor(connectionId: string, name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw this.noQueue(name);
    this.assertUsable(queue, connectionId);
    return queue;
  }

  /** Throws a fault (405) if a queue is another connection's own. */
  assertUsable({ name, declaration: { owner } }: Queue, connectionId: string): void {
    if (owner !== undefined && owner !== connectionId) throw notOwned(describeQueue(name, this.name));
  }

  noQueue(name: string): Error {
    return notFound(`no ${describeQueue(name, this.name)}`);
  }

  /** Makes a queue whose name is new. Throws a fault (406) when there are too many. */
  createQueue(declaration: QueueDeclaration): Queue {
    if (this.#queues.size >= this.#maxQueues) {
      const limit = `queue limit in vhost '${this.name}' (${this.#maxQueues}) is reached`;
      throw preconditionFailed(`cannot declare ${describeQueue(declaration.name, this.name)}: ${limit}`);
    }
    const queue = new Queue(declaration, this);
    this.#queues.set(queue.name, queue);
    this.#noteOwner(queue);
    this.exchanges.addQueue(queue);
    this.deadLetters.retry();
    return queue;
  }

  /** Deletes a queue with its bindings. */
  deleteQueue(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.exchanges.removeQueue(queue.name);
    this.#forgetOwner(queue);
    queue.end();
  }

  /** Throws a fault (530) when there are too many consumers for one more. */
  assertRoomForConsumer(): void {
    if (this.#consumers < this.#maxConsumers) return;
    throw notAllowed(`consumer limit in vhost '${this.name}' (${this.#maxConsumers}) is reached`);
  }

  countConsumers(change: number): void {
    this.#consumers += change;
  }

  queueIsUnused(name: string): void {
    const queue = this.#queues.get(name);
    if (queue !== undefined) this.deleteQueue(queue);
  }

  /** Deletes the queues that are a connection's own. */
  deleteQueuesOf(connectionId: string): void {
    for (const queue of this.#exclusive.get(connectionId) ?? []) this.deleteQueue(queue);
  }

  /** Deletes everything. */
  end(): void {
    for (const queue of this.#queues.values()) this.deleteQueue(queue);
    this.deadLetters.end();
  }

  #noteOwner(queue: Queue): void {
    const { owner } = queue.declaration;
    if (owner === undefined) return;
    const owned = this.#exclusive.get(owner);
    if (owned) owned.add(queue);
    else this.#exclusive.set(owner, new Set([queue]));
  }

  #forgetOwner(queue: Queue): void {
    const { owner = '' } = queue.declaration;
    const owned = this.#exclusive.get(owner);
    owned?.delete(queue);
    if (owned?.size === 0) this.#exclusive.delete(owner);
  }
}
