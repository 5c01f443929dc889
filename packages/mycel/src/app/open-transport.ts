import { resolveAmqpOptions } from '../amqp/amqp-options.ts';
import { amqpOptionsFrom, amqpSection, embedded } from '../amqp/amqp-section.ts';
import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { ConfigError } from '../config/config-error.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import type { Logger } from '../foundation/logger.ts';
import { LocalBroker } from './local-broker.ts';
import { brokerSection, portsOf } from './local-broker-section.ts';
import { LocalBrokerSource } from './local-broker-source.ts';

/** What this process does where no broker is configured and no embedded one runs. */
export interface TransportDuties {
  /** Hosts one: right for services and for those who wait for them. */
  readonly mayHost: boolean;
  /** Heeds `amqp.startup`: right for services. Else one failure is final. @default false */
  readonly mayWait?: boolean;
}

/**
 * Makes the transport that the configuration asks for. It is not opened yet. Throws a `ConfigError` where the
 * configuration is wrong, or names no broker in production.
 */
export function transportFrom(config: LayeredConfig, logger: Logger, duties: TransportDuties): AmqpTransport {
  const { mayHost, mayWait = false } = duties;
  const section = config.section(amqpSection);
  // For the embedded broker there is nothing to wait for: services host it.
  const startup = mayWait && section.uri !== embedded ? section.startup : 'fail-fast';
  const options = { ...amqpOptionsFrom(section), startup, logger };
  if (section.uri !== embedded) return new AmqpTransport(options);
  refuseInProduction(config);
  const broker = new LocalBroker({ logger, mayHost, ports: portsOf(config.section(brokerSection)) });
  const located = { ...options, uri: async () => (await broker.find()).uri };
  return new AmqpTransport(located, new LocalBrokerSource(broker, resolveAmqpOptions(located).source));
}

/** Opens the transport that the configuration asks for, for a program that is no service. Whoever calls it closes it. */
export async function openTransport(
  config: LayeredConfig,
  logger: Logger,
  duties: TransportDuties,
): Promise<AmqpTransport> {
  const transport = transportFrom(config, logger, duties);
  try {
    await transport.open();
    return transport;
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** A variable that was forgotten must not become a broker in each container that forgets its messages. */
function refuseInProduction(config: LayeredConfig): void {
  if (process.env['NODE_ENV'] !== 'production' || config.originOf(amqpSection, ['uri'])) return;
  const message =
    "required where NODE_ENV is 'production'; set it (or AMQP_URI) to the broker's URI, or to 'embedded' for a broker in memory that loses its messages when its process ends";
  throw new ConfigError([{ origin: undefined, path: 'amqp.uri', message }]);
}
