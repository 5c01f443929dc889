import { connect } from 'amqplib';
import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import type { FreshVhost } from '../../support/rabbit.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { Ledger, Note } from '../books/ledger.ts';
import type { Fault } from '../plan/fault-plan.ts';
import type { Stage } from '../workload/conduct.ts';
import { Clerk } from '../workload/clerk.ts';
import { CountingLogger } from '../workload/counting-logger.ts';
import { Instance } from '../workload/instance.ts';
import { lossesOf, type Station } from '../workload/load-options.ts';
import { exchange, frailQueue } from '../workload/names.ts';
import { networkSource, ObservedTransport } from '../workload/observed-transport.ts';
import { FailureCounts, InstanceNotes } from '../workload/work-notes.ts';
import { breakProxy, type NetworkFaultKind, type ProxyFaultKind } from './proxy-faults.ts';

export const instanceCount = 3;
export const stationCount = 2;

/** Half-open connections are found out within twice that. */
const heartbeat = '2s' as const;

interface StageParts {
  readonly rabbit: FreshVhost;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  readonly note: Note;
}

/** Instances and stations in this process, each with a proxy of its own between it and RabbitMQ. */
export class ProxyStage implements Stage<Fault<ProxyFaultKind>> {
  readonly stations: Station[] = [];
  readonly #parts: StageParts;
  readonly #proxies: FaultProxy[] = [];
  readonly #instances: Instance[] = [];
  readonly #failures = new FailureCounts();
  readonly #changes = new Set<Promise<void>>();
  readonly #replacing = new Set<number>();
  #started = 0;

  constructor(parts: StageParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    for (let number = 0; number < instanceCount + stationCount; number++)
      this.#proxies.push(await FaultProxy.start(this.#parts.rabbit.uri, { watchesSteps: true }));
    for (let index = 0; index < instanceCount; index++) this.#instances.push(await this.#startInstance(index));
    for (const [number, { uri }] of this.#proxies.slice(instanceCount).entries()) {
      const logger = this.#logger(`station ${number}`);
      const transport = new AmqpTransport({ uri, heartbeat, logger });
      await transport.open();
      this.stations.push({ name: `s${number}`, transport, losses: () => lossesOf(logger, transport) });
    }
  }

  break(fault: Fault<ProxyFaultKind>): void {
    const { kind, target } = fault;
    this.#parts.note(`fault: ${kind} at ${target}${fault.step ? ` (${fault.step})` : ''}`);
    switch (kind) {
      case 'connections closed':
        return this.#change(this.#parts.rabbit.closeConnections('as planned'));
      case 'exchange deleted':
        return this.#change(this.#deleteExchange());
      case 'queue deleted':
        return this.#change(this.#deleteFrailQueue());
      case 'replay':
        return this.#change(this.#replay(target));
      case 'instance stops':
      case 'instance crashes':
        return this.#change(this.#replace(target % instanceCount, kind === 'instance crashes'));
      default: {
        const proxy = this.#proxies[target];
        // What is left are the faults of networks.
        if (proxy) breakProxy(proxy, fault as Fault<NetworkFaultKind>);
      }
    }
  }

  async calm(): Promise<void> {
    this.#parts.note('calm');
    for (const proxy of this.#proxies) proxy.calm();
    await Promise.all(this.#changes);
  }

  async shortcomings(): Promise<string[]> {
    return (await Promise.all(this.#instances.map((instance) => instance.shortcomings()))).flat();
  }

  async openReader(): Promise<AmqpTransport> {
    const reader = new AmqpTransport({ uri: this.#parts.rabbit.uri });
    await reader.open();
    return reader;
  }

  async leftOvers(): Promise<string[]> {
    const queues = await this.#parts.rabbit.queues();
    return queues.filter(({ messages }) => messages > 0).map(({ name, messages }) => `${name}: ${messages}`);
  }

  async stop(): Promise<void> {
    for (const proxy of this.#proxies) proxy.calm();
    while (this.#changes.size > 0) await Promise.all(this.#changes);
    await Promise.all(this.#instances.map((instance) => instance.stop()));
    await Promise.all(this.stations.map(({ transport }) => transport.close()));
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }

  #change(work: Promise<void>): void {
    const change = work.catch((error: unknown) => this.#parts.ledger.surprise(String(error)));
    this.#changes.add(change);
    void change.finally(() => this.#changes.delete(change));
  }

  async #startInstance(index: number): Promise<Instance> {
    const { ledger, random } = this.#parts;
    const name = `i${++this.#started}`;
    const work = new SeededRandom(random.below(2 ** 31));
    const die = (): void => this.#died(index, instance);
    const workMs = (): number => work.below(20);
    const notes = new InstanceNotes({ instance: name, ledger, failures: this.#failures, workMs, die });
    const logger = this.#logger(name);
    const uri = this.#proxies[index]?.uri ?? '';
    const options = { uri, heartbeat, logger, startup: 'wait' } as const;
    const instance = new Instance(notes, new ObservedTransport(options, networkSource(options), notes), logger);
    await instance.start().catch((error: unknown) => {
      if (!notes.hasCrashed) throw error;
    });
    return notes.hasCrashed ? this.#startInstance(index) : instance;
  }

  /** A message has ended an instance: wherever it stands, as it may be starting or stopping. */
  #died(index: number, dead: Instance): void {
    if (dead.notes.hasCrashed) return;
    this.#parts.note(`${dead.notes.instance} dies`);
    if (this.#instances[index] === dead && !this.#replacing.has(index)) return this.#change(this.#replace(index, true));
    this.#change(dead.crash());
    this.#proxies[index]?.cut();
  }

  /** Puts letters back through the proxy of a station, which may break meanwhile. */
  async #replay(target: number): Promise<void> {
    const { ledger, note, random } = this.#parts;
    const { uri } = this.#proxies[instanceCount + (target % stationCount)] ?? this.#parts.rabbit;
    const transport = new AmqpTransport({ uri, heartbeat, startup: 'fail-fast' });
    await new Clerk({ transport, ledger, note, random }).replay();
  }

  async #replace(index: number, crashes: boolean): Promise<void> {
    const old = this.#instances[index];
    if (!old || this.#replacing.has(index)) return;
    this.#replacing.add(index);
    try {
      if (crashes) {
        const gone = old.crash();
        this.#proxies[index]?.cut();
        await gone;
      } else await old.stop();
      // Nothing breaks while it starts: how services wait for a broker is tested elsewhere.
      this.#proxies[index]?.calm();
      this.#instances[index] = await this.#startInstance(index);
    } finally {
      this.#replacing.delete(index);
    }
  }

  async #deleteExchange(): Promise<void> {
    const admin = await connect(this.#parts.rabbit.uri);
    admin.on('error', () => {}); // as below
    try {
      const channel = await admin.createChannel();
      this.#parts.ledger.exchangeDeleted();
      await channel.deleteExchange(exchange);
      this.#parts.ledger.exchangeDeleted(); // on a slow machine that is another time
      await admin.close();
    } catch {
      this.#parts.note('whether the exchange was deleted is not known');
    }
  }

  async #deleteFrailQueue(): Promise<void> {
    const admin = await connect(this.#parts.rabbit.uri);
    admin.on('error', () => {}); // all connections of the vhost may be closed meanwhile, as planned
    try {
      const channel = await admin.createChannel();
      await channel.deleteQueue(frailQueue);
      this.#parts.ledger.excuse('frail.onFrail', 'its queue was deleted');
      await admin.close();
    } catch {
      this.#parts.ledger.excuse('frail.onFrail', 'its queue may have been deleted');
    }
  }

  #logger(name: string): CountingLogger {
    return new CountingLogger((level, message) => this.#parts.note(`${name} ${level}: ${message}`));
  }
}
