import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly broker: Socket;
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
  #isRefusing = false;
  #isFrozen = false;

  private constructor(server: Server, broker: URL) {
    this.#server = server;
    this.#broker = broker;
    const uri = new URL(broker);
    // A server that listens on TCP has such an address.
    uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.uri = uri.href;
    server.on('connection', (client: Socket) => this.#join(client));
  }

  static async start(brokerUri: string): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, new URL(brokerUri));
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
    for (const { client, broker } of this.#pairs) {
      broker.unpipe(client);
      broker.resume();
      this.#orphans.add(broker);
      client.unpipe(broker);
      client.destroy();
    }
    this.#pairs.clear();
  }

  /** Lets go of the broker's sides that {@link cutClients} left open. */
  buryOrphans(): void {
    for (const broker of this.#orphans) broker.destroy();
    this.#orphans.clear();
  }

  /** Lets nothing through any more, in either direction, with every connection left open. New ones stand still too. */
  freeze(): void {
    this.#isFrozen = true;
    for (const pair of this.#pairs) stop(pair);
  }

  /** Lets through what {@link freeze} held back. */
  thaw(): void {
    this.#isFrozen = false;
    for (const pair of this.#pairs) flow(pair);
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
    const pair = { client, broker };
    this.#pairs.add(pair);
    client.on('close', () => {
      if (!this.#orphans.has(broker)) broker.destroy();
      this.#pairs.delete(pair);
    });
    broker.on('close', () => {
      client.destroy();
      this.#orphans.delete(broker);
    });
    if (!this.#isFrozen) flow(pair);
  }
}

function flow({ client, broker }: Pair): void {
  client.pipe(broker);
  broker.pipe(client);
}

function stop({ client, broker }: Pair): void {
  client.unpipe(broker);
  broker.unpipe(client);
  client.pause();
  broker.pause();
}
