import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { AmqpOptions } from '../../../packages/mycel/src/amqp/amqp-options.ts';
import type { ConnectionSource } from '../../../packages/mycel/src/amqp/connection-source.ts';
import { connectInProcess, InProcessSource } from '../../../packages/mycel/src/broker/in-process/index.ts';
import type { Fault } from '../plan/fault-plan.ts';
import type { Stage } from '../workload/conduct.ts';
import { lossesOf, type Station } from '../workload/load-options.ts';
import { callsExchange, exchange, frailQueue } from '../workload/names.ts';
import { idInBody, ObservedTransport } from '../workload/observed-transport.ts';
import { type Actor, type EngineWorld, makeActor } from './engine-actors.ts';
import { EngineClerk } from './engine-clerk.ts';
import { type EngineFaultKind, instanceCount, type LinkFaultKind } from './engine-faults.ts';
import { EngineInstances, type InstanceTransport } from './engine-instances.ts';
import type { Published } from './faulty-link.ts';

export const stationCount = 2;

/** Events that come back are sent again for three seconds; this leaves time for other faults. */
const slowestBindMs = 1000;

/** What is put to the test. */
export interface StageTransports {
  readonly ofInstance: InstanceTransport;
  readonly ofStation: (options: AmqpOptions, source: ConnectionSource) => AmqpTransport;
  readonly ofClerk: (source: ConnectionSource) => AmqpTransport;
}

/** The transports as they are. */
export const underTest: StageTransports = {
  ofInstance: (options, source, notes) => new ObservedTransport(options, source, notes),
  ofStation: (options, source) => new AmqpTransport(options, source),
  ofClerk: (source) => new AmqpTransport({}, source),
};

/** The instances and stations of a run on the engine, and what breaks them. */
export class EngineStage implements Stage<Fault<EngineFaultKind>> {
  readonly stations: Station[] = [];
  readonly #world: EngineWorld;
  readonly #transports: StageTransports;
  readonly #stationActors: Actor[] = [];
  readonly #instances: EngineInstances;
  readonly #clerk: EngineClerk;
  readonly #changes = new Set<Promise<void>>();

  constructor(world: EngineWorld, transports: StageTransports = underTest) {
    this.#world = world;
    this.#transports = transports;
    this.#instances = new EngineInstances(world, transports.ofInstance);
    this.#clerk = new EngineClerk(world, transports.ofClerk);
  }

  async start(): Promise<void> {
    await this.#instances.start();
    for (let number = 0; number < stationCount; number++) {
      const actor = makeActor(this.#world, `station ${number}`, (message) => this.#noteSent(message));
      const { logger } = actor;
      const transport = this.#transports.ofStation({ logger }, actor.source);
      await transport.open();
      this.#stationActors.push(actor);
      this.stations.push({ name: `s${number}`, transport, losses: () => lossesOf(logger, transport) });
    }
  }

  break(fault: Fault<EngineFaultKind>): void {
    const { kind, target } = fault;
    switch (kind) {
      case 'queue deleted':
        return this.#change(this.#deleteFrailQueue());
      case 'exchange deleted':
        return this.#change(this.#deleteExchange(fault));
      case 'instance stops':
      case 'instance crashes':
        return this.#instances.replace(target % instanceCount, kind === 'instance crashes');
      case 'replay':
      case 'replay killed':
        return this.#clerk.replay(fault);
      default:
        // What is left are the faults of links.
        this.#actors[target]?.faults.break(fault as Fault<LinkFaultKind>);
    }
  }

  async calm(): Promise<void> {
    this.#world.note('calm');
    for (const { faults } of this.#actors) faults.calm();
    await this.#clerk.stop();
  }

  shortcomings(): Promise<string[]> {
    return this.#instances.shortcomings();
  }

  async openReader(): Promise<AmqpTransport> {
    const reader = new AmqpTransport({}, new InProcessSource(this.#world.engine));
    await reader.open();
    return reader;
  }

  async leftOvers(): Promise<string[]> {
    const queues = this.#world.engine.status().vhosts.flatMap((vhost) => vhost.queues);
    return queues
      .filter(({ ready, unsettled }) => ready + unsettled > 0)
      .map(({ name, ready, unsettled }) => `${name}: ${ready} ready, ${unsettled} unsettled`);
  }

  async stop(): Promise<void> {
    await this.#clerk.stop();
    await Promise.all(this.#changes);
    await this.#instances.stop();
    await Promise.all(this.stations.map(({ transport }) => transport.close()));
    this.#world.engine.close();
  }

  get #actors(): readonly Actor[] {
    return [...this.#instances.actors, ...this.#stationActors, ...this.#clerk.actors];
  }

  #change(work: Promise<void>): void {
    const change = work.catch((error: unknown) => this.#world.ledger.surprise(String(error)));
    this.#changes.add(change);
    void change.finally(() => this.#changes.delete(change));
  }

  #noteSent({ properties, body }: Published): void {
    const id = idInBody(body);
    if (id !== undefined && properties.messageId !== undefined) this.#world.ledger.sent(id, properties.messageId);
  }

  async #deleteFrailQueue(): Promise<void> {
    const { engine, ledger, note } = this.#world;
    await using admin = await connectInProcess(engine);
    const channel = await admin.openChannel();
    note('fault: queue deleted');
    await channel.deleteQueue(frailQueue);
    ledger.excuse('frail.onFrail', 'its queue was deleted');
  }

  /** Half of the time those who bind queues to it are slow to do so again, so that what is published meanwhile comes back. */
  async #deleteExchange({ forMs, target }: Fault): Promise<void> {
    const { engine, note } = this.#world;
    await using admin = await connectInProcess(engine);
    const channel = await admin.openChannel();
    const name = target === 2 ? callsExchange : exchange;
    note(`fault: exchange deleted, ${name}`);
    await channel.deleteExchange(name);
    if (forMs % 2 === 0) return;
    for (const { faults } of this.#instances.actors) faults.holdAll(Math.min(forMs, slowestBindMs));
  }
}
