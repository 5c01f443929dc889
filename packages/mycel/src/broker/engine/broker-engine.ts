import type { BrokerStatus } from './broker-status.ts';
import { EngineConnection, type EngineConnectionOptions } from './engine-connection.ts';
import { type EngineOptions, type ResolvedEngineOptions, resolveEngineOptions } from './engine-options.ts';

/**
 * An AMQP 0-9-1 broker without a network: virtual hosts, and who is connected to them. Everything it does, it does before a
 * call returns; what waits for time waits on its clock. It keeps messages in memory, and nothing after {@link close}.
 */
export class BrokerEngine {
  readonly #options: ResolvedEngineOptions;

  constructor(options: EngineOptions = {}) {
    this.#options = resolveEngineOptions(options);
  }

  hasVhost(name: string): boolean {
    return this.#options.vhosts.includes(name);
  }

  /** Makes a virtual host. Does nothing when it is there. */
  createVhost(name: string): void {
    void name;
  }

  /** Deletes a virtual host with all that is in it, and ends the connections to it (320). Does nothing when there is none. */
  deleteVhost(name: string): void {
    void name;
  }

  /** Takes a connection. Throws an `AmqpFault` (530) when its virtual host does not exist. */
  connect(options: EngineConnectionOptions): EngineConnection {
    return new EngineConnection('1', options);
  }

  /** Why publishers are blocked at the moment, if they are. */
  get blockedReason(): string | undefined {
    return undefined;
  }

  /** What there is now, as plain JSON. */
  status(): BrokerStatus {
    return {
      vhosts: [],
      connections: [],
      memory: { usedBytes: 0, limitBytes: this.#options.memoryLimitBytes, blocked: null },
      totals: { published: 0, unroutable: 0, delivered: 0, acknowledged: 0, requeued: 0, deadLettered: 0 },
    };
  }

  /** Ends all connections (320) and forgets everything. Idempotent. */
  close(): void {}
}
