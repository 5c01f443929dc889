import { type EmbeddedBroker, startBroker } from '../../packages/mycel/src/broker/index.ts';

/** Clients that wait for something else do not answer a goodbye. */
const limits = { goodbyeTimeoutMs: 500 };

/** An embedded broker that can go away and come back at the same port, having forgotten everything. */
export class RestartableBroker implements AsyncDisposable {
  #broker: EmbeddedBroker;

  private constructor(broker: EmbeddedBroker) {
    this.#broker = broker;
  }

  static async start(): Promise<RestartableBroker> {
    return new RestartableBroker(await startBroker({ port: 0, limits }));
  }

  get uri(): string {
    return this.#broker.uri;
  }

  get port(): number {
    return this.#broker.server.address.port;
  }

  /** Ends all connections with 320, as a broker does that is shut down, and starts anew. */
  async restart(): Promise<void> {
    const { port } = this;
    await this.#broker.close();
    this.#broker = await startBroker({ port, limits });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.close();
  }
}
