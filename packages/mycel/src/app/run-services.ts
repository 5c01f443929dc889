import { loadConfig } from '../config/load-config.ts';
import type { SharedResource } from '../core/resources.ts';
import type { ServiceRunner } from '../core/runner.ts';
import type { ServiceClass, ServiceDefinition } from '../core/service-definition.ts';
import type { Logger } from '../foundation/logger.ts';
import { createLogger } from '../foundation/pino-logger.ts';
import type { Transport } from '../transport/transport.ts';
import { transportResource } from '../transport/transport-resource.ts';
import { assemble, coreOptions } from './assembly.ts';

/** How services run in a program of one's own. */
export interface RunServicesOptions {
  /** The path or `http(s)` URL of a configuration file, or its values; values win over the environment, a file does not. @default none */
  readonly config?: string | Readonly<Record<string, unknown>>;
  /** @default a logger to standard output, as the configuration's `log` says */
  readonly logger?: Logger;
  /** What carries rpcs and events, in place of the one that the configuration describes. @default RabbitMQ at `amqp.uri` */
  readonly transport?: Transport;
  /** What else the services share. @default nothing */
  readonly resources?: Iterable<SharedResource<unknown>>;
}

/**
 * Starts services in this process, as `mycel run` does, and resolves once all of them work. Whoever calls it ends them:
 * `await using runner = await runServices([MathService])`, or `runner.stop()`. It installs no signal handlers.
 */
export async function runServices(
  services: Iterable<ServiceClass | ServiceDefinition>,
  options: RunServicesOptions = {},
): Promise<ServiceRunner> {
  const { config: source, transport, resources = [] } = options;
  const config = await loadConfig(typeof source === 'string' ? { file: source } : { values: source });
  const logger = options.logger ?? (await createLogger(coreOptions(config).log));
  const shared = transport ? [transportResource(transport), ...resources] : resources;
  const { runner } = assemble(services, { config, logger, resources: shared });
  await runner.start();
  return runner;
}
