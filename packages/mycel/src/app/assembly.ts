import { amqpSection } from '../amqp/amqp-section.ts';
import { ConfigError } from '../config/config-error.ts';
import { coreSection, ignoredKeys, type CoreOptions } from '../config/core-section.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import type { SharedResource } from '../core/resources.ts';
import { ServiceRunner } from '../core/runner.ts';
import type { ServiceClass, ServiceDefinition } from '../core/service-definition.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { eventsSection } from '../events/events-section.ts';
import type { Logger } from '../foundation/logger.ts';
import { rpcSection } from '../rpc/rpc-section.ts';
import { healthSection } from '../web/health-options.ts';
import { healthServerResource } from '../web/health-resource.ts';
import { webSection } from '../web/web-options.ts';
import { webServerResource, type WebServerResource } from '../web/web-resource.ts';
import { brokerSection } from './local-broker-section.ts';
import { ConfiguredTransport } from './transport-from-config.ts';

/** The sections that every configuration may have, whether the services of this process read them or not. */
export const builtInSections: readonly ConfigSection[] = [
  coreSection,
  amqpSection,
  brokerSection,
  rpcSection,
  eventsSection,
  webSection,
  healthSection,
];

/** What a process is put together from. */
export interface AssemblyParts {
  readonly config: LayeredConfig;
  readonly logger: Logger;
  /** Shared resources that stand in for the usual ones of the same key, or beside them. @default none */
  readonly resources?: Iterable<SharedResource<unknown>>;
}

/** Services put together with what they share, ready to start. */
export interface Assembly {
  readonly runner: ServiceRunner;
  readonly transport: ConfiguredTransport;
  readonly web: WebServerResource;
}

/** Puts services, configuration and shared resources together. Opens nothing, and leaves the checking to `runner.start()`. */
export function assemble(services: Iterable<ServiceClass | ServiceDefinition>, parts: AssemblyParts): Assembly {
  const { config, logger } = parts;
  const core = coreOptions(config);
  for (const warning of ignoredKeys(core)) logger.warn({}, warning);
  const transport = new ConfiguredTransport(config, logger);
  const given = [...(parts.resources ?? [])];
  const web = webServerResource(config, logger, { servesHealth: true });
  const usual = [healthServerResource(config, logger), transport, web].filter(
    ({ key }) => !given.some((resource) => resource.key === key),
  );
  const runner = new ServiceRunner(services, {
    config,
    logger,
    resources: [...given, ...usual],
    configSections: builtInSections,
    ...(core.max_workers === undefined ? {} : { maxWorkers: core.max_workers }),
    parentCallsTracked: core.parent_calls_tracked,
    graceMs: core.shutdown_grace,
    health: { timeoutMs: optionsOrDefaults(config, healthSection).timeout },
  });
  return { runner, transport, web };
}

/** Reads the top-level options; if they are wrong, takes the defaults, since the start reports them with all other mistakes. */
export function coreOptions(config: LayeredConfig): CoreOptions {
  return optionsOrDefaults(config, coreSection);
}

function optionsOrDefaults<T>(config: LayeredConfig, section: ConfigSection<T>): T {
  try {
    return config.section(section);
  } catch (error) {
    if (error instanceof ConfigError) return section.schema.parse({});
    throw error;
  }
}
