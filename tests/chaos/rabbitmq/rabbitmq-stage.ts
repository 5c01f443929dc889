import { connect } from 'amqplib';
import type { PrivateServer } from '../../../scripts/test-rings/private-rabbitmq.ts';
import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import { freePorts } from '../../support/free-ports.ts';
import type { Ledger, Note } from '../books/ledger.ts';
import type { Fault } from '../plan/fault-plan.ts';
import type { Stage } from '../workload/conduct.ts';
import { CountingLogger } from '../workload/counting-logger.ts';
import { lossesOf, type Station } from '../workload/load-options.ts';
import { exchange, frailQueue } from '../workload/names.ts';
import { breakNode, type NodeFaultKind, type RabbitFaultKind } from './node-faults.ts';
import { replayLetters } from './replay-process.ts';
import { ServiceProcess } from './service-process.ts';

export const instanceCount = 3;
export const stationCount = 2;

interface StageParts {
  readonly node: PrivateServer;
  readonly ledger: Ledger;
  readonly note: Note;
}

/** Services in processes of their own on a RabbitMQ of their own; the stations are in this process. */
export class RabbitmqStage implements Stage<Fault<RabbitFaultKind>> {
  readonly stations: Station[] = [];
  readonly #parts: StageParts;
  readonly #instances: ServiceProcess[] = [];
  readonly #changes = new Set<Promise<void>>();
  readonly #replacing = new Set<number>();
  /** One after the other: a node that is stopped cannot be told to start. */
  #nodeWork: Promise<void> = Promise.resolve();
  #started = 0;
  #isCalm = false;
  #isOver = false;

  constructor(parts: StageParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    for (let index = 0; index < instanceCount; index++) this.#instances.push(await this.#startInstance());
    await Promise.all(this.#instances.map((instance) => instance.untilReady()));
    for (let number = 0; number < stationCount; number++) {
      const logger = new CountingLogger((level, message) => this.#parts.note(`station ${number} ${level}: ${message}`));
      const transport = new AmqpTransport({ uri: this.#parts.node.uri, heartbeat: '4s', logger });
      await transport.open();
      this.stations.push({ name: `s${number}`, transport, losses: () => lossesOf(logger, transport) });
    }
  }

  break(fault: Fault<RabbitFaultKind>): void {
    const { kind, target } = fault;
    switch (kind) {
      case 'instance stops':
      case 'instance killed':
        return this.#change(this.#replace(target % instanceCount, kind === 'instance killed'));
      case 'replay':
      case 'replay killed':
        return this.#change(this.#replay(fault));
      case 'queue deleted':
        return this.#onNode(kind, () => this.#deleteFrailQueue());
      case 'exchange deleted':
        return this.#onNode(kind, () => this.#deleteExchange());
      default:
        // What is left are the faults of nodes.
        return this.#onNode(kind, () => breakNode(this.#parts.node, fault as Fault<NodeFaultKind>));
    }
  }

  async calm(): Promise<void> {
    this.#isCalm = true;
    await this.#nodeWork;
    await Promise.all(this.#changes);
    this.#parts.note('calm');
  }

  /** What still ends instances may come to others now. */
  async shortcomings(): Promise<string[]> {
    return (await Promise.all(this.#instances.map((instance) => instance.shortcomings()))).flat();
  }

  async openReader(): Promise<AmqpTransport> {
    const reader = new AmqpTransport({ uri: this.#parts.node.uri });
    await reader.open();
    return reader;
  }

  async leftOvers(): Promise<string[]> {
    const list = await this.#parts.node.control('list_queues', 'name', 'messages', '--no-table-headers');
    const lines = list.split('\n').filter((line) => /\t[1-9]/.test(line));
    return lines.map((line) => line.replace('\t', ': '));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#nodeWork;
    await Promise.all(this.#changes);
    await Promise.all(this.#instances.map((instance) => instance.stop()));
    await Promise.all(this.stations.map(({ transport }) => transport.close()));
  }

  #change(work: Promise<void>): void {
    const change = work.catch((error: unknown) => this.#parts.ledger.surprise(String(error)));
    this.#changes.add(change);
    void change.finally(() => this.#changes.delete(change));
  }

  #onNode(kind: string, work: () => Promise<void>): void {
    const { note } = this.#parts;
    this.#nodeWork = this.#nodeWork.then(async () => {
      // On a slow machine faults come late, and those that would come after the end are left out.
      if (this.#isCalm) return;
      note(`fault: ${kind}`);
      await work().catch((error: unknown) => note(`the fault did not happen: ${String(error)}`));
      note(`over: ${kind}`);
    });
  }

  async #startInstance(): Promise<ServiceProcess> {
    const { node, ledger, note } = this.#parts;
    const [healthPort = 0] = await freePorts(1);
    const onDeath = (): void => this.#change(this.#putInPlaceOf(started));
    const started = new ServiceProcess({
      name: `i${++this.#started}`,
      uri: node.uri,
      healthPort,
      ledger,
      note,
      onDeath,
    });
    return started;
  }

  async #replace(index: number, kills: boolean): Promise<void> {
    const old = this.#instances[index];
    if (!old || this.#replacing.has(index)) return;
    this.#replacing.add(index);
    this.#parts.note(`fault: ${old.name} ${kills ? 'is killed' : 'stops'}`);
    if (kills) await old.kill();
    else await old.stop();
    this.#instances[index] = await this.#startInstance();
    this.#replacing.delete(index);
  }

  /** A message has ended it. */
  async #putInPlaceOf(dead: ServiceProcess): Promise<void> {
    const index = this.#instances.indexOf(dead);
    if (index < 0 || this.#replacing.has(index) || this.#isOver) return;
    this.#instances[index] = await this.#startInstance();
  }

  async #replay({ kind, forMs }: Fault): Promise<void> {
    const { node, note } = this.#parts;
    note(`fault: ${kind}`);
    note(`over: ${kind}, ${await replayLetters(node.uri, kind === 'replay' ? undefined : forMs)}`);
  }

  async #deleteExchange(): Promise<void> {
    const admin = await connect(this.#parts.node.uri);
    try {
      const channel = await admin.createChannel();
      this.#parts.ledger.exchangeDeleted();
      await channel.deleteExchange(exchange);
      this.#parts.ledger.exchangeDeleted(); // on a slow machine that is another time
    } finally {
      await admin.close();
    }
  }

  async #deleteFrailQueue(): Promise<void> {
    const admin = await connect(this.#parts.node.uri);
    try {
      const channel = await admin.createChannel();
      await channel.deleteQueue(frailQueue);
      this.#parts.ledger.excuse('frail.onFrail', 'its queue was deleted');
    } finally {
      await admin.close();
    }
  }
}
