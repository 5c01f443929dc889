import { BusClient } from '../../packages/mycel/src/app/bus-client.ts';
import type { ServiceClass, ServiceDefinition } from '../../packages/mycel/src/core/service-definition.ts';
import type { DiscoveryTransport } from '../../packages/mycel/src/transport/discovery-transport.ts';
import { DisconnectedError } from '../../packages/mycel/src/transport/transport-errors.ts';
import type { Transport } from '../../packages/mycel/src/transport/transport.ts';
import { startServices } from './memory-services.ts';

/** Services in memory, and a client that can list them. */
export interface DescribedServices {
  readonly client: BusClient;
  /** Written to by tests: what travels with calls. */
  readonly context: Record<string, unknown>;
  /** From now on nobody can be asked who is there, as if the broker were away for long. */
  readonly silence: () => void;
  /** How often it was asked who is there. */
  readonly asked: () => number;
}

/** Starts services until the test ends; `others` are told as services that do not describe themselves. */
export async function startDescribed(
  services: Iterable<ServiceClass | ServiceDefinition>,
  others: readonly string[] = [],
): Promise<DescribedServices> {
  const { transport } = await startServices(services);
  const context: Record<string, unknown> = {};
  let asked = 0;
  let isSilent = false;
  const discover: DiscoveryTransport['discover'] = async (question) => {
    asked += 1;
    if (isSilent) throw new DisconnectedError('the broker is away');
    return { ...(await transport.discover(question)), others };
  };
  const described: Transport = {
    name: 'memory',
    capabilities: transport.capabilities,
    rpc: transport.rpc,
    events: transport.events,
    discovery: { announce: (describe) => transport.announce(describe), discover },
    open: async () => {},
    close: async () => {},
  };
  return {
    client: new BusClient(described, { timeoutMs: 5000, context }),
    context,
    silence: () => {
      isSilent = true;
    },
    asked: () => asked,
  };
}
