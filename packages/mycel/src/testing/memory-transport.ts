import type { Transport, TransportCapabilities } from '../transport/transport.ts';
import { MemoryBroker } from './memory-broker.ts';
import { MemoryEvents } from './memory-events.ts';
import { MemoryRpc } from './memory-rpc.ts';

/** How a {@link MemoryTransport} behaves. */
export interface MemoryTransportOptions {
  /** The queues behind it; give several transports the same to play several processes. @default a new one */
  readonly broker?: MemoryBroker;
  /** Make calls arrive as if a program in another language had sent them. @default false */
  readonly foreign?: boolean;
}

/**
 * A transport without a broker, for unit tests: values are encoded and decoded as on the wire, queues outlive the
 * services that declared them, and everything ends with the process.
 */
export class MemoryTransport implements Transport {
  readonly name = 'memory';
  readonly capabilities: TransportCapabilities = {
    unknownServiceAtOnce: true,
    durable: true,
    keywordArguments: true,
    cancellation: true,
  };
  readonly rpc: MemoryRpc;
  readonly events: MemoryEvents;

  constructor({ broker = new MemoryBroker(), foreign = false }: MemoryTransportOptions = {}) {
    this.rpc = new MemoryRpc(broker, !foreign);
    this.events = new MemoryEvents(broker);
  }

  async open(): Promise<void> {}

  /** Rejects the calls under way, and gives back what was not settled. */
  async close(): Promise<void> {
    await this.rpc.close();
    await this.events.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
