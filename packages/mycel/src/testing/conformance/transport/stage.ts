import { UsageError } from '../../../foundation/errors.ts';
import type { Transport } from '../../../transport/transport.ts';
import type { ConformanceCapabilities, TransportWorld } from './transport-subject.ts';

/** A behaviour's world, and what it has opened there: closed when the behaviour ends. */
export class Stage {
  readonly #world: TransportWorld;
  readonly #transports: Transport[] = [];

  constructor(world: TransportWorld) {
    this.#world = world;
  }

  /** Makes a transport that is not open yet. */
  async unopened(): Promise<Transport> {
    return this.#keep(await this.#world.create());
  }

  /** Opens a transport: a process of its own, as the broker sees it. */
  async transport(): Promise<Transport> {
    const transport = await this.unopened();
    await transport.open();
    return transport;
  }

  /** Makes a transport that finds no broker. */
  async unreachable(): Promise<Transport> {
    if (!this.#world.createUnreachable) throw missing('createUnreachable', 'unreachableBroker');
    return this.#keep(await this.#world.createUnreachable());
  }

  async breakConnections(): Promise<void> {
    if (!this.#world.breakConnections) throw missing('breakConnections', 'connectionLoss');
    await this.#world.breakConnections();
  }

  async sendUnreadableCall(service: string, method: string): Promise<void> {
    if (!this.#world.sendUnreadableCall) throw missing('sendUnreadableCall', 'unreadableMessages');
    await this.#world.sendUnreadableCall(service, method);
  }

  async sendUnreadableEvent(source: string, type: string): Promise<void> {
    if (!this.#world.sendUnreadableEvent) throw missing('sendUnreadableEvent', 'unreadableMessages');
    await this.#world.sendUnreadableEvent(source, type);
  }

  async close(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }

  #keep(transport: Transport): Transport {
    this.#transports.push(transport);
    return transport;
  }
}

function missing(method: keyof TransportWorld, capability: keyof ConformanceCapabilities): UsageError {
  return new UsageError(`the capability ${capability} was promised, but the world has no ${String(method)}()`);
}
