import type { Logger } from '../foundation/logger.ts';
import { pause } from '../foundation/pause.ts';
import { countQueue } from './count-queue.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { requestQueue } from './topology.ts';

/** How long calls are held back, and how often it is looked, in milliseconds: longer than a cluster takes to find a new leader. */
const mostMs = 10_000;
const lookMs = 100;

/** What {@link ReplicatedQueues} needs. */
export interface ReplicatedQueuesOptions {
  readonly connection: SupervisedConnection;
  readonly logger: Logger;
  /** Calls to some service need not wait any more. */
  readonly onReleased: () => void;
}

/**
 * The services whose queue of calls is a quorum queue, as their replies say. RabbitMQ asks one node of such a queue when a channel
 * publishes to it for the first time: the one that led it last. If that is gone just then, it drops all unconfirmed messages of this channel for this
 * queue without a word, until that node is back (`rabbit_fifo_client`; seen in 3.10.8). So on a new channel calls wait until
 * a leader says that somebody takes them.
 */
export class ReplicatedQueues {
  readonly #options: ReplicatedQueuesOptions;
  readonly #services = new Set<string>();
  #held = new Set<string>();

  constructor(options: ReplicatedQueuesOptions) {
    this.#options = options;
  }

  /** A reply of the service said that its queue is one. */
  note(service: string): void {
    this.#services.add(service);
  }

  /** Whether calls to the service are to wait. */
  holds(service: string): boolean {
    return this.#held.has(service);
  }

  /** There is a new channel: calls to all of them wait until their queue was looked at. */
  look(): void {
    const held = new Set(this.#services);
    this.#held = held;
    for (const service of held) void this.#await(service, held);
  }

  async #await(service: string, held: Set<string>): Promise<void> {
    for (const limit = performance.now() + mostMs; performance.now() < limit; await pause(lookMs))
      if (this.#held !== held || (await this.#isOver(service))) break;
    held.delete(service);
    if (this.#held === held) this.#options.onReleased();
  }

  /** No leader can be asked for consumers, so RabbitMQ says that there are none. A queue that is missing has calls come back. */
  async #isOver(service: string): Promise<boolean> {
    const { connection, logger } = this.#options;
    if (!connection.isOpen) return true; // the next channel has it looked at again
    try {
      const found = await countQueue(await connection.whenOpen(), requestQueue(service).queue);
      return found === undefined || found.consumerCount > 0;
    } catch (error) {
      logger.debug({ err: error }, `it is not known yet whether the queue of ${service} has a leader`);
      return false;
    }
  }
}
