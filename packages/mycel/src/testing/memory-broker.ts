import { BrokerEngine } from '../broker/engine/broker-engine.ts';
import type { BrokerStatus, QueueStatus } from '../broker/engine/broker-status.ts';
import type { EngineOptions } from '../broker/engine/engine-options.ts';

/**
 * The broker behind a {@link MemoryTransport}: the engine of the embedded broker, without a network. Several transports may
 * share one, as processes do. It keeps nothing open: one that is not used any more is garbage.
 */
export class MemoryBroker {
  /** The engine itself: other AMQP clients of this process can be connected to it. */
  readonly engine: BrokerEngine;

  constructor(options: Omit<EngineOptions, 'vhosts'> = {}) {
    this.engine = new BrokerEngine(options);
  }

  /** What there is now: exchanges, bindings, queues, connections. */
  status(): BrokerStatus {
    return this.engine.status();
  }

  /** Finds a queue by its name on RabbitMQ, such as `rpc-payments`; `undefined` if there is none. */
  queue(name: string): QueueStatus | undefined {
    return this.status().vhosts[0]?.queues.find((queue) => queue.name === name);
  }

  /** Stops, as a broker that is shut down: ends all connections, and forgets everything. Idempotent. */
  close(): void {
    this.engine.close();
  }
}
