import {
  eventHandler,
  runServices,
  rpc,
  service,
  type ServiceClass,
  type ServiceRunner,
  type WorkerDelivery,
  workerContext,
} from 'mycel';
import type { AmqpTransport } from 'mycel/amqp';
import { deferred, type Deferred } from '../../packages/mycel/src/foundation/deferred.ts';
import { type Logger, silentLogger } from '../../packages/mycel/src/foundation/logger.ts';
import type { DeadLetter } from '../../packages/mycel/src/transport/dead-letter.ts';
import { Steps } from './steps.ts';

/** What the events of these tests carry. */
export interface Sold {
  readonly id: string;
  /** How often its handlers fail on it. */
  readonly fails?: number;
}

/** One time that a handler or a method was started. */
export interface Run {
  readonly id: string;
  /** Whether it may have been started before. */
  readonly redelivered: boolean;
  readonly attempt: number;
}

/** The queue of `stock.onSold`, and that of `ledger.onMoved`, which keeps the order of events with the same first letter. */
export const queues = { sold: 'evt-shop-sold--stock.onSold', moved: 'evt-shop-moved--ledger.onMoved' } as const;

/** Rpcs of the service `stock`. */
export interface StockCalls {
  count(id: string): string;
  countOnce(id: string): string;
}

interface StartOptions {
  /** @default all of them */
  readonly only?: 'stock' | 'ledger' | 'radio';
  /** How often an event is tried. @default 3 */
  readonly attempts?: number;
  /** @default 10 */
  readonly workers?: number;
  /** @default none */
  readonly logger?: Logger;
}

/** Services that note each time they are started, wait where they are told to, and fail where the event says so. */
export class GuardedServices {
  readonly steps = new Steps();
  readonly runs: Run[] = [];
  readonly #gates = new Map<string, Deferred<void>>();
  readonly #runners: ServiceRunner[] = [];

  /** Starts the services on a broker, or one of them. */
  async start(
    amqp: Readonly<Record<string, unknown>>,
    { only, attempts = 3, workers = 10, logger = silentLogger }: StartOptions = {},
  ): Promise<ServiceRunner> {
    const all = { stock: this.#stock(), ledger: this.#ledger(), radio: this.#radio() };
    const chosen: ServiceClass[] = only ? [all[only]] : Object.values(all);
    const events = { retry_attempts: attempts, retry_delays: ['100ms'] };
    const config = { amqp, events, max_workers: workers, shutdown_grace: '1s' };
    const runner = await runServices(chosen, { config, logger });
    this.#runners.push(runner);
    return runner;
  }

  /** Makes whatever has this id wait, until it is released. */
  hold(id: string): Deferred<void> {
    const gate = deferred();
    this.#gates.set(id, gate);
    return gate;
  }

  /** The times that something was started, in their order. */
  runsOf(id: string): Run[] {
    return this.runs.filter((run) => run.id === id);
  }

  /** Runs of which nobody could know that they are not the first of their attempt. */
  unmarkedRunsOf(id: string): Run[] {
    return this.runsOf(id).filter(({ redelivered }) => !redelivered);
  }

  /** Releases everything and stops what runs. */
  async end(): Promise<void> {
    for (const gate of this.#gates.values()) gate.resolve();
    await Promise.all(this.#runners.splice(0).map((runner) => runner.stop()));
  }

  async #run(
    { id, fails = 0 }: Sold,
    { redelivered = false, attempt = 1 }: Partial<WorkerDelivery> = {},
  ): Promise<void> {
    this.runs.push({ id, redelivered, attempt });
    this.steps.note(`${id} began`);
    this.steps.note(`${id} began, attempt ${attempt}${redelivered ? ', again' : ''}`);
    await this.#gates.get(id)?.promise;
    if (attempt <= fails) throw new RangeError(`no stock for ${id}`);
    this.steps.note(`${id} ended`);
  }

  #stock(): ServiceClass {
    const run = this.#run.bind(this);
    @service('stock')
    class Stock {
      context = workerContext();
      @eventHandler('shop', 'sold') async onSold(sold: Sold): Promise<void> {
        await run(sold, this.context.delivery);
      }
      @rpc async count(id: string): Promise<string> {
        await run({ id });
        return `counted ${id}`;
      }
      @rpc({ atMostOnce: true }) async countOnce(id: string): Promise<string> {
        await run({ id });
        return `counted ${id}`;
      }
    }
    return Stock;
  }

  #ledger(): ServiceClass {
    const run = this.#run.bind(this);
    @service('ledger')
    class Ledger {
      context = workerContext();
      @eventHandler('shop', 'moved', { orderBy: ({ id }: Sold) => id.charAt(0) }) async onMoved(
        moved: Sold,
      ): Promise<void> {
        await run(moved, this.context.delivery);
      }
    }
    return Ledger;
  }

  #radio(): ServiceClass {
    const run = this.#run.bind(this);
    @service('radio')
    class Radio {
      context = workerContext();
      @eventHandler('shop', 'news', { mode: 'broadcast' }) async onNews(news: Sold): Promise<void> {
        await run(news, this.context.delivery);
      }
    }
    return Radio;
  }
}

/** Looks at the dead letters. */
export async function lettersAt(transport: AmqpTransport): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  await transport.deadLetters.sortOut((letter) => {
    letters.push(letter);
    return 'keep';
  });
  return letters;
}

/** Waits until there are so many dead letters. */
export async function untilLetters(transport: AmqpTransport, count: number): Promise<DeadLetter[]> {
  for (;;) {
    const letters = await lettersAt(transport);
    if (letters.length >= count) return letters;
  }
}
