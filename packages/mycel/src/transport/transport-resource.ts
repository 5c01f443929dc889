import type { HealthReport } from '../foundation/health-report.ts';
import { transportKey, type Transport } from './transport.ts';

/** Whom a transport serves. */
interface TransportOwner {
  describe(): readonly object[];
  /** Ends the services: they cannot go on. */
  fail?(error: Error): void;
}

/**
 * A transport as what the services of a process share: give it to a runner among its resources. From when it is opened
 * until it is closed, it answers for the process when others ask which services there are.
 */
export function transportResource(transport: Transport): {
  readonly key: typeof transportKey;
  open(owner: TransportOwner): Promise<Transport>;
  close(): Promise<void>;
  health(): HealthReport | undefined;
  waitsFor(): string | undefined;
} {
  return {
    key: transportKey,
    open: (owner) => openFor(owner, transport),
    close: () => transport.close(),
    health: () => healthOf(transport),
    waitsFor: () => transport.health?.().reason,
  };
}

/** How a transport is, with what it has counted. */
export function healthOf(transport: Transport): HealthReport | undefined {
  const health = transport.health?.();
  return health && transport.counters ? { ...health, counters: transport.counters.toJSON() } : health;
}

/** Opens a transport, and makes the services of `owner` known through it. */
export async function openFor(owner: TransportOwner, transport: Transport): Promise<Transport> {
  transport.onFailed = (error) => owner.fail?.(error);
  await transport.open();
  await transport.discovery?.announce(() => owner.describe());
  return transport;
}
