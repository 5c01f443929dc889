import type { HealthReport } from '../foundation/health-report.ts';
import { transportKey, type Transport } from './transport.ts';

/** Whom a transport serves: it can say which services run. */
interface TransportOwner {
  describe(): readonly object[];
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
} {
  return {
    key: transportKey,
    open: (owner) => openFor(owner, transport),
    close: () => transport.close(),
    health: () => transport.health?.(),
  };
}

/** Opens a transport, and makes the services of `owner` known through it. */
export async function openFor(owner: TransportOwner, transport: Transport): Promise<Transport> {
  await transport.open();
  await transport.discovery?.announce(() => owner.describe());
  return transport;
}
