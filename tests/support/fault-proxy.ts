import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type FlowDirection, type FlowRules, ProxyFlow } from './proxy-flow.ts';
import type { StreamStep } from './step-watch.ts';

interface Pair {
  readonly client: Socket;
  readonly broker: Socket;
  readonly flows: readonly ProxyFlow[];
}

/** A protocol step at which a connection is lost. */
export interface StepCut {
  readonly direction: FlowDirection;
  readonly method: StreamStep['method'];
  /** Whether the step itself still arrives. */
  readonly when: 'before' | 'after';
  /** How many such steps go well before. @default 0 */
  readonly skip?: number;
}

/**
 * A TCP proxy before a broker, for the faults of networks: connections that are cut, that stand still, that only one side
 * knows to be dead. It listens on a port of its own and speaks to the broker of the given URI.
 */
export class FaultProxy implements AsyncDisposable {
  /** The URI of the broker, by way of the proxy. */
  readonly uri: string;
  readonly #broker: URL;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #orphans = new Set<Socket>();
  readonly #rules: FlowRules;
  #stepCuts: { readonly cut: StepCut; skip: number }[] = [];
  /** How many more bytes of a direction go through. */
  readonly #bytesLeft = new Map<FlowDirection, number>();
  #bytesPerSecond: number | undefined;
  #isRefusing = false;
  #isFrozen = false;

  private constructor(server: Server, broker: URL, watchesSteps: boolean) {
    this.#rules = {
      watchesSteps,
      bytesPerSecond: () => this.#bytesPerSecond,
      cutAt: (direction, step) => this.#cutAt(direction, step),
      cutWithin: (direction, bytes) => this.#cutWithin(direction, bytes),
    };
    this.#server = server;
    this.#broker = broker;
    const uri = new URL(broker);
    // A server that listens on TCP has such an address.
    uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.uri = uri.href;
    server.on('connection', (client: Socket) => this.#join(client));
  }

  /** `watchesSteps` reads what goes through, which {@link cutAtStep} needs. */
  static async start(brokerUri: string, { watchesSteps = false } = {}): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, new URL(brokerUri), watchesSteps);
  }

  /** Connections that go through now. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Cuts every connection, on both sides. */
  cut(): void {
    for (const { client, broker } of this.#pairs) {
      client.destroy();
      broker.destroy();
    }
    this.#pairs.clear();
  }

  /** Cuts every connection on the client's side only: the broker goes on holding what belongs to it. */
  cutClients(): void {
    for (const { client, broker, flows } of this.#pairs) {
      for (const flow of flows) flow.abandon();
      broker.resume();
      this.#orphans.add(broker);
      client.destroy();
    }
    this.#pairs.clear();
  }

  /** Cuts the connection on which the next such step is seen, on both sides. Needs a proxy that `watchesSteps`. */
  cutAtStep(cut: StepCut): void {
    this.#stepCuts.push({ cut, skip: cut.skip ?? 0 });
  }

  /** Cuts the connection on which so many more bytes have gone in this direction, in the middle of whatever they are. */
  cutAfterBytes(direction: FlowDirection, bytes: number): void {
    this.#bytesLeft.set(direction, bytes);
  }

  /** Lets so many bytes through in a second, on each connection and in each direction; without a number as many as come. */
  slow(bytesPerSecond?: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Ends all that was to happen, and all that lasts: what was cut stays cut. */
  calm(): void {
    this.#stepCuts = [];
    this.#bytesLeft.clear();
    this.slow();
    this.accept();
    this.thaw();
    this.buryOrphans();
  }

  /** Lets go of the broker's sides that {@link cutClients} left open. */
  buryOrphans(): void {
    for (const broker of this.#orphans) broker.destroy();
    this.#orphans.clear();
  }

  /** Lets nothing through any more, in either direction, with every connection left open. New ones stand still too. */
  freeze(): void {
    this.#isFrozen = true;
    for (const { flows } of this.#pairs) for (const flow of flows) flow.stop();
  }

  /** Lets through what {@link freeze} held back. */
  thaw(): void {
    this.#isFrozen = false;
    for (const { flows } of this.#pairs) for (const flow of flows) flow.start();
  }

  /** Turns new connections away, as a broker does that is down. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** Takes new connections again. */
  accept(): void {
    this.#isRefusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.cut();
    this.buryOrphans();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.#isRefusing) return void client.destroy();
    const broker = connect({ host: this.#broker.hostname, port: Number(this.#broker.port || 5672), noDelay: true });
    broker.on('error', () => {});
    const cut = (): void => {
      client.destroy();
      broker.destroy();
    };
    const flows = [
      new ProxyFlow('to broker', client, broker, this.#rules, cut),
      new ProxyFlow('to client', broker, client, this.#rules, cut),
    ];
    const pair = { client, broker, flows };
    this.#pairs.add(pair);
    client.on('close', () => {
      if (!this.#orphans.has(broker)) broker.destroy();
      this.#pairs.delete(pair);
    });
    broker.on('close', () => {
      client.destroy();
      this.#orphans.delete(broker);
    });
    if (!this.#isFrozen) for (const flow of flows) flow.start();
  }

  #cutAt(direction: FlowDirection, step: StreamStep): 'before' | 'after' | undefined {
    const next = this.#stepCuts.find(({ cut }) => cut.direction === direction && cut.method === step.method);
    if (!next || next.skip-- > 0) return undefined;
    this.#stepCuts = this.#stepCuts.filter((other) => other !== next);
    return next.cut.when;
  }

  #cutWithin(direction: FlowDirection, bytes: number): number | undefined {
    const left = this.#bytesLeft.get(direction);
    if (left === undefined) return undefined;
    if (left >= bytes) this.#bytesLeft.set(direction, left - bytes);
    else this.#bytesLeft.delete(direction);
    return left < bytes ? left : undefined;
  }
}
