import { AmqpTransport } from '../amqp/amqp-transport.ts';
import { amqpOptionsFrom, amqpSection } from '../amqp/amqp-options.ts';
import type { SharedResource } from '../core/resources.ts';
import type { Config } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';
import { transportKey, type Transport } from '../transport/transport.ts';

/** The transport that the configuration asks for, made and opened when the first service needs one. */
export class ConfiguredTransport implements SharedResource<Transport> {
  readonly key = transportKey;
  readonly #config: Config;
  readonly #logger: Logger;
  #transport: AmqpTransport | undefined;

  constructor(config: Config, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  /** Where the broker is, without passwords; `undefined` if no service needed one. */
  get target(): string | undefined {
    return this.#transport?.target;
  }

  async open(): Promise<Transport> {
    const options = amqpOptionsFrom(this.#config.section(amqpSection));
    const transport = new AmqpTransport({ ...options, logger: this.#logger });
    this.#transport = transport;
    await transport.open();
    return transport;
  }

  async close(): Promise<void> {
    await this.#transport?.close();
  }
}
