import { BusClient } from '../app/bus-client.ts';
import { openTransport, type TransportDuties } from '../app/open-transport.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import { loadConfig } from '../config/load-config.ts';
import { durationMs } from '../foundation/duration.ts';
import { silentLogger } from '../foundation/logger.ts';
import { rpcSection } from '../rpc/rpc-section.ts';
import type { BrokerCommandOptions, ClientCommandOptions } from './client-options.ts';

/** A command's way to the services. */
export interface OpenedClient {
  readonly client: BusClient;
  readonly config: LayeredConfig;
  /** Where the broker is, without passwords. */
  readonly target: string;
}

/** Reads the configuration, with the broker that the command line names. */
export function loadClientConfig({ config: file, define, broker }: BrokerCommandOptions): Promise<LayeredConfig> {
  return loadConfig({ file, define: broker === undefined ? define : [...define, `amqp.uri=${broker}`] });
}

/** Reads the configuration and connects. `context` may be changed between calls. The caller closes the client. */
export async function openClient(
  options: ClientCommandOptions,
  context: Readonly<Record<string, unknown>> = {},
  duties: TransportDuties = { mayHost: false },
): Promise<OpenedClient> {
  const { timeout } = options;
  const config = await loadClientConfig(options);
  const timeoutMs = timeout === undefined ? config.section(rpcSection).timeout : durationMs(timeout, '--timeout');
  const transport = await openTransport(config, silentLogger, duties);
  return { client: new BusClient(transport, { timeoutMs, context }), config, target: transport.target };
}
