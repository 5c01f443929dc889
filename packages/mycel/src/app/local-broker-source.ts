import type { ConnectionDetails, ConnectionSource } from '../amqp/connection-source.ts';
import type { AmqpConnection, ConnectOptions } from '../protocol/client/index.ts';
import type { LocalBroker } from './local-broker.ts';

/** Connections to the embedded broker of this machine, which is looked for before each, and ended after the last. */
export class LocalBrokerSource implements ConnectionSource {
  readonly isLocal = true;
  readonly #broker: LocalBroker;
  readonly #network: ConnectionSource;

  /** `network` asks `broker` where it is. */
  constructor(broker: LocalBroker, network: ConnectionSource) {
    this.#broker = broker;
    this.#network = network;
  }

  get target(): string {
    const { place } = this.#broker;
    if (!place) return 'the embedded broker (not looked for yet)';
    // Behind 'connected to' on one line of a terminal.
    return `${place.uri} (embedded, in ${place.isHosted ? 'this process' : `process ${place.pid}`}; keeps nothing)`;
  }

  get reached(): ConnectOptions | undefined {
    return this.#network.reached;
  }

  connect(details: ConnectionDetails): Promise<AmqpConnection> {
    return this.#network.connect(details);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}
