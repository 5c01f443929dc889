import { protocol } from '../../protocol/codec/index.ts';
import type { BrokerStatus } from './broker-status.ts';
import { EngineConnection, type EngineConnectionOptions } from './engine-connection.ts';
import { type EngineOptions, type ResolvedEngineOptions, resolveEngineOptions } from './engine-options.ts';
import { MemoryAccount } from './memory-account.ts';
import { notAllowed } from './refusals.ts';
import { Totals } from './totals.ts';
import { VirtualHost } from './virtual-host.ts';
import { vhostStatus } from './vhost-status.ts';

/** As RabbitMQ says it in `connection.blocked`. */
const lowOnMemory = 'low on memory';

/**
 * An AMQP 0-9-1 broker without a network: virtual hosts, and who is connected to them. Everything it does, it does before a
 * call returns; what waits for time waits on its clock. It keeps messages in memory, and nothing after {@link close}.
 */
export class BrokerEngine {
  readonly #options: ResolvedEngineOptions;
  readonly #totals = new Totals();
  readonly #memory: MemoryAccount;
  readonly #vhosts = new Map<string, VirtualHost>();
  readonly #connections = new Set<EngineConnection>();
  #lastConnectionId = 0;
  #channels = 0;

  constructor(options: EngineOptions = {}) {
    this.#options = resolveEngineOptions(options);
    this.#memory = new MemoryAccount(this.#options.memoryLimitBytes, () => this.#tellBlocked());
    for (const name of this.#options.vhosts) this.createVhost(name);
  }

  hasVhost(name: string): boolean {
    return this.#vhosts.has(name);
  }

  /** Makes a virtual host. Does nothing when it is there. */
  createVhost(name: string): void {
    if (this.#vhosts.has(name)) return;
    this.#vhosts.set(name, new VirtualHost(name, { ...this.#options, memory: this.#memory, totals: this.#totals }));
  }

  /** Deletes a virtual host with all that is in it, and ends the connections to it (320). Does nothing when there is none. */
  deleteVhost(name: string): void {
    const vhost = this.#vhosts.get(name);
    if (vhost === undefined) return;
    this.#vhosts.delete(name);
    this.#endConnections(`vhost '${name}' is down`, (connection) => connection.vhost === name);
    vhost.end();
  }

  /** Takes a connection. Throws an `AmqpFault` (530) when its virtual host does not exist. */
  connect(options: EngineConnectionOptions): EngineConnection {
    const vhost = this.#vhosts.get(options.vhost);
    if (vhost === undefined) throw notAllowed(`vhost ${options.vhost} not found`);
    const connection = new EngineConnection(String(++this.#lastConnectionId), options, vhost, {
      totals: this.#totals,
      maxMessageBytes: this.#options.maxMessageBytes,
      maxConsumers: this.#options.maxConsumers,
      channelOpens: () => this.#countChannel(),
      channelClosed: () => {
        this.#channels -= 1;
      },
      connectionClosed: (closed) => this.#connections.delete(closed),
    });
    this.#connections.add(connection);
    if (this.blockedReason !== undefined) connection.setBlocked(this.blockedReason);
    return connection;
  }

  /** Why publishers are blocked at the moment, if they are. */
  get blockedReason(): string | undefined {
    return this.#memory.isExceeded ? lowOnMemory : undefined;
  }

  /** What there is now, as plain JSON. */
  status(): BrokerStatus {
    const { usedBytes, limitBytes } = this.#memory;
    return {
      vhosts: [...this.#vhosts.values()].map(vhostStatus),
      connections: [...this.#connections].map((connection) => connection.status()),
      memory: { usedBytes, limitBytes, blocked: this.blockedReason ?? null },
      totals: this.#totals.now(),
    };
  }

  /** Ends all connections (320) and forgets everything. Idempotent. */
  close(): void {
    this.#endConnections("broker forced connection closure with reason 'shutdown'", () => true);
    for (const vhost of this.#vhosts.values()) vhost.end();
    this.#vhosts.clear();
  }

  #endConnections(why: string, isMeant: (connection: EngineConnection) => boolean): void {
    for (const connection of [...this.#connections].filter(isMeant)) {
      connection.end(protocol.REPLY_CODE.connectionForced, `CONNECTION_FORCED - ${why}`);
    }
  }

  #countChannel(): void {
    const { maxChannels } = this.#options;
    if (this.#channels >= maxChannels)
      throw notAllowed(`reached maximum (${maxChannels}) of channels of all connections`);
    this.#channels += 1;
  }

  #tellBlocked(): void {
    for (const connection of this.#connections) connection.setBlocked(this.blockedReason);
  }
}
