import { amqpOptionsFrom, amqpSection } from '../amqp/amqp-options.ts';
import { AmqpTransport } from '../amqp/amqp-transport.ts';
import type { Config } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';

/** Makes the transport that the configuration asks for. It is not opened yet. */
export function transportFrom(config: Config, logger: Logger): AmqpTransport {
  const options = amqpOptionsFrom(config.section(amqpSection));
  return new AmqpTransport({ ...options, logger });
}

/** Opens the transport that the configuration asks for, for a program that is no service. Whoever calls it closes it. */
export async function openTransport(config: Config, logger: Logger): Promise<AmqpTransport> {
  const transport = transportFrom(config, logger);
  await transport.open();
  return transport;
}
