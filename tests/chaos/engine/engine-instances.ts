import type { AmqpOptions } from '../../../packages/mycel/src/amqp/amqp-options.ts';
import type { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { ConnectionSource } from '../../../packages/mycel/src/amqp/connection-source.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { Instance } from '../workload/instance.ts';
import { FailureCounts, InstanceNotes } from '../workload/work-notes.ts';
import { type Actor, type EngineWorld, makeActor } from './engine-actors.ts';
import { instanceCount } from './engine-faults.ts';

/** Makes the transport of an instance. */
export type InstanceTransport = (options: AmqpOptions, source: ConnectionSource, notes: InstanceNotes) => AmqpTransport;

interface RunningInstance extends Actor {
  readonly instance: Instance;
}

/** The instances of a run on the engine. One that ends has another one in its place at once. */
export class EngineInstances {
  readonly #world: EngineWorld;
  readonly #makeTransport: InstanceTransport;
  readonly #instances: RunningInstance[] = [];
  readonly #changes = new Set<Promise<void>>();
  readonly #failures = new FailureCounts();
  readonly #replacing = new Set<number>();
  #started = 0;

  constructor(world: EngineWorld, makeTransport: InstanceTransport) {
    this.#world = world;
    this.#makeTransport = makeTransport;
  }

  get actors(): readonly Actor[] {
    return this.#instances;
  }

  async start(): Promise<void> {
    for (let number = 0; number < instanceCount; number++) this.#instances.push(await this.#startInstance());
  }

  /** Ends an instance, and starts another one in its place. */
  replace(index: number, crashes: boolean): void {
    const old = this.#instances[index];
    if (!old || this.#replacing.has(index)) return;
    this.#world.note(`fault: instance ${old.instance.notes.instance} ${crashes ? 'crashes' : 'stops'}`);
    this.#change(this.#putInPlace(index, crashes ? this.#crash(old) : old.instance.stop()));
  }

  async shortcomings(): Promise<string[]> {
    return (await Promise.all(this.#instances.map(({ instance }) => instance.shortcomings()))).flat();
  }

  async stop(): Promise<void> {
    while (this.#changes.size > 0) await Promise.all(this.#changes);
    await Promise.all(this.#instances.map(({ instance }) => instance.stop()));
  }

  #change(work: Promise<void>): void {
    const change = work.catch((error: unknown) => this.#world.ledger.surprise(String(error)));
    this.#changes.add(change);
    void change.finally(() => this.#changes.delete(change));
  }

  async #putInPlace(index: number, ended: Promise<void>): Promise<void> {
    this.#replacing.add(index);
    try {
      await ended;
      this.#instances[index] = await this.#startInstance();
    } finally {
      this.#replacing.delete(index);
    }
  }

  async #crash({ instance, source }: RunningInstance): Promise<void> {
    const gone = instance.crash();
    source.loseAll('its process is gone');
    await gone;
  }

  /** A message has ended an instance: wherever it stands, as it may be starting or stopping. */
  #died(dead: RunningInstance): void {
    if (dead.instance.notes.hasCrashed) return;
    this.#world.note(`${dead.instance.notes.instance} dies`);
    const index = this.#instances.indexOf(dead);
    const gone = this.#crash(dead);
    this.#change(index < 0 || this.#replacing.has(index) ? gone : this.#putInPlace(index, gone));
  }

  async #startInstance(): Promise<RunningInstance> {
    const { ledger, random } = this.#world;
    for (;;) {
      const name = `i${++this.#started}`;
      const work = new SeededRandom(random.below(2 ** 31));
      const die = (): void => this.#died(running);
      const workMs = (): number => work.below(60);
      const notes = new InstanceNotes({ instance: name, ledger, failures: this.#failures, workMs, die });
      const actor = makeActor(this.#world, name);
      const transport = this.#makeTransport({ logger: actor.logger }, actor.source, notes);
      const running = { ...actor, instance: new Instance(notes, transport, actor.logger) };
      try {
        await running.instance.start();
      } catch (error) {
        if (!notes.hasCrashed) throw error;
      }
      if (!notes.hasCrashed) return running;
    }
  }
}
