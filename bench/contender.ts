import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { BenchProcess } from './bench-process.ts';
import type { ChildSettings } from './child-commands.ts';
import type { LoadOptions } from './load.ts';
import { handlerQueue, eventExchange, requestQueue } from './names.ts';

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
    const uri = plan.isOnEmbeddedBroker ? options.embeddedUri : options.uri;
    const id = `bench_${plan.name.replaceAll(/\W+/g, '_')}_${randomBytes(4).toString('hex')}`;
    const settings: ChildSettings = { uri, id, prefetch, queueType: plan.queueType ?? 'classic' };
    let server: BenchProcess | undefined;
    try {
      server = await BenchProcess.start(plan.server, settings, profileDir);
      const client = await BenchProcess.start(plan.client, settings, profileDir);
      return new Contender(plan, settings, server, client);
    } catch (error) {
      await server?.stop();
      await removeFromBroker(settings);
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

  /** Ends both processes, the client first, and deletes what they left on the broker. */
  async stop(): Promise<void> {
    await this.#client.stop();
    await this.#server.stop();
    await removeFromBroker(this.#settings);
  }
}

/** Deletes every queue and exchange that is named for `id`. */
export async function removeFromBroker({ uri, id }: Pick<ChildSettings, 'uri' | 'id'>): Promise<void> {
  const connection = await connect(uri);
  const channel = await connection.createChannel();
  for (const queue of [requestQueue(id), requestQueue(`${id}_driver`), handlerQueue(id)]) {
    await channel.deleteQueue(queue);
  }
  await channel.deleteExchange(eventExchange(id));
  await connection.close();
}
