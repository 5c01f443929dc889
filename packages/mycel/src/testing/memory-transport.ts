import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { InProcessSource } from '../broker/in-process/index.ts';
import { foreignPeer } from './foreign-peer.ts';
import { MemoryBroker } from './memory-broker.ts';

/** How a {@link MemoryTransport} behaves. */
export interface MemoryTransportOptions {
  /** The broker behind it; give several transports the same to play several processes. @default a new one */
  readonly broker?: MemoryBroker;
  /** Play a program in another language: what it sends and receives carries nothing of Mycel's. @default false */
  readonly foreign?: boolean;
}

/**
 * A transport for unit tests, without a broker to install: the transport over AMQP, connected to a broker in this process.
 * Names, headers, settlement and what happens on a loss are the real ones; nothing outlives the process. It connects by
 * itself, when it is made.
 */
export class MemoryTransport extends AmqpTransport {
  override readonly name = 'memory';
  readonly #source: InProcessSource;

  constructor({ broker = new MemoryBroker(), foreign = false }: MemoryTransportOptions = {}) {
    const source = new InProcessSource(broker.engine, foreign ? { tap: foreignPeer } : {});
    super({}, source);
    this.#source = source;
    // Whoever opens it hears what is wrong.
    this.open().catch(() => {});
  }

  /** Cuts its connections as a network does that fails. They come back by themselves. */
  cut(): void {
    this.#source.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
