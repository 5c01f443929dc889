import { randomBytes } from 'node:crypto';
import { BenchProcess } from './bench-process.ts';
import type { ChildSettings } from './child-commands.ts';
import type { LoadOptions } from './load.ts';
import { type BrokerNames, ownNames } from './names.ts';
import { deleteFromBroker, messagesLeft } from './queue-state.ts';

/** A way to make the same calls: the files of its two processes. */
export interface ContenderPlan {
  readonly name: string;
  readonly server: string;
  readonly client: string;
  /** Its load is events, which are done when the server has handled them. */
  readonly isEvents?: boolean;
  readonly queueType?: ChildSettings['queueType'];
  /** @default RabbitMQ */
  readonly isOnEmbeddedBroker?: boolean;
  /** For a program that is more than one contender. */
  readonly variant?: string;
  /** What it keeps on the broker. @default the names of `names.ts` */
  readonly names?: (id: string) => BrokerNames;
  /** What it is said to do, where that is tried before it is measured. */
  readonly claims?: Claims;
}

/** What a contender is said to do. */
export interface Claims {
  /** A dispatched event is resolved when the broker confirmed it. */
  readonly confirms: boolean;
  /** A message is acknowledged when it was handled, and not before. */
  readonly acks: boolean;
}

/** What one slice measured. */
export interface Measures {
  /** Calls answered, or events handled, per second. */
  readonly rate: number;
  /** CPU seconds of client and server together per 10,000 calls; the broker's are not counted. */
  readonly cpu: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface ContenderOptions {
  readonly uri: string;
  readonly embeddedUri: string;
  readonly prefetch: number;
  readonly profileDir: string | undefined;
}

/** The running processes of a contender: a server, and a client that makes the load. */
export class Contender {
  readonly name: string;
  readonly #plan: ContenderPlan;
  readonly #settings: ChildSettings;
  readonly #server: BenchProcess;
  readonly #client: BenchProcess;

  private constructor(plan: ContenderPlan, settings: ChildSettings, server: BenchProcess, client: BenchProcess) {
    this.name = plan.name;
    this.#plan = plan;
    this.#settings = settings;
    this.#server = server;
    this.#client = client;
  }

  static async start(plan: ContenderPlan, options: ContenderOptions): Promise<Contender> {
    const { prefetch, profileDir } = options;
    const settings = settingsOf(plan, plan.isOnEmbeddedBroker ? options.embeddedUri : options.uri, prefetch);
    let server: BenchProcess | undefined;
    try {
      server = await BenchProcess.start(plan.server, settings, profileDir);
      const client = await BenchProcess.start(plan.client, settings, profileDir);
      return new Contender(plan, settings, server, client);
    } catch (error) {
      await server?.stop();
      await deleteFromBroker(settings.uri, namesOf(plan, settings.id));
      throw error;
    }
  }

  /** Runs one slice of load. */
  async measure(load: LoadOptions): Promise<Measures> {
    const before = await this.#server.ask('cpu', undefined);
    const { calls, seconds, startedAt, cpuSeconds, p50Ms, p99Ms } = await this.#client.ask('load', load);
    const elapsed = this.#plan.isEvents
      ? Math.max(seconds, ((await this.#server.ask('handled', { count: calls })).at - startedAt) / 1000)
      : seconds;
    const after = await this.#server.ask('cpu', undefined);
    const cpu = ((cpuSeconds + after.seconds - before.seconds) * 10_000) / calls;
    return { rate: calls / elapsed, cpu, p50Ms, p99Ms };
  }

  /**
   * Ends both processes, the client first, and deletes what they left on the broker. Gives the number of messages that were still
   * in the queue: all that was measured was acknowledged if there are none.
   */
  async stop(): Promise<number> {
    await this.#client.stop();
    await this.#server.stop();
    const names = namesOf(this.#plan, this.#settings.id);
    const left = await messagesLeft(this.#settings.uri, names.served);
    await deleteFromBroker(this.#settings.uri, names);
    return left;
  }
}

/** What the processes of a contender are started with: an id of their own. */
export function settingsOf({ name, queueType, variant }: ContenderPlan, uri: string, prefetch: number): ChildSettings {
  const id = `bench_${name.replaceAll(/\W+/g, '_')}_${randomBytes(4).toString('hex')}`;
  return { uri, id, prefetch, queueType: queueType ?? 'classic', variant: variant ?? '' };
}

export function namesOf({ names, isEvents }: ContenderPlan, id: string): BrokerNames {
  return names?.(id) ?? ownNames(id, isEvents ?? false);
}
