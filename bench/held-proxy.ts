import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy before the broker that can hold back what its clients say, while they go on hearing what the broker says. */
export class HeldProxy implements AsyncDisposable {
  /** The broker's URI, by way of the proxy. */
  readonly uri: string;
  readonly #broker: URL;
  readonly #server: Server;
  readonly #pairs = new Map<Socket, Socket>();

  private constructor(server: Server, broker: URL) {
    this.#server = server;
    this.#broker = broker;
    const uri = new URL(broker);
    // A server that listens on TCP has such an address.
    uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.uri = uri.href;
    server.on('connection', (client) => this.#join(client));
  }

  static async start(brokerUri: string): Promise<HeldProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HeldProxy(server, new URL(brokerUri));
  }

  /** Lets nothing more through to the broker on the connections of now. */
  hold(): void {
    for (const [client, broker] of this.#pairs) {
      client.unpipe(broker);
      client.pause();
    }
  }

  /** Lets through what was held. */
  release(): void {
    for (const [client, broker] of this.#pairs) client.pipe(broker);
  }

  /** Cuts the connections of now, with what was held. */
  cut(): void {
    for (const [client, broker] of this.#pairs) {
      client.destroy();
      broker.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const broker = connect({ host: this.#broker.hostname, port: Number(this.#broker.port || 5672), noDelay: true });
    this.#pairs.set(client, broker);
    client.on('error', () => {});
    broker.on('error', () => {});
    client.on('close', () => {
      broker.destroy();
      this.#pairs.delete(client);
    });
    broker.on('close', () => client.destroy());
    client.pipe(broker);
    broker.pipe(client);
  }
}
