import { amqpSection, embedded } from '../amqp/amqp-section.ts';
import type { AmqpTransport } from '../amqp/amqp-transport.ts';
import type { ResourceOwner, SharedResource } from '../core/resources.ts';
import type { LayeredConfig } from '../config/layered-config.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { healthOf, openFor } from '../transport/transport-resource.ts';
import { transportKey, type Transport } from '../transport/transport.ts';
import { transportFrom } from './open-transport.ts';

/** The transport that the configuration asks for, made and opened when the first service needs one. */
export class ConfiguredTransport implements SharedResource<Transport> {
  readonly key = transportKey;
  readonly #config: LayeredConfig;
  readonly #logger: Logger;
  #transport: AmqpTransport | undefined;

  constructor(config: LayeredConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  /** Where the broker is, without passwords; `undefined` if no service needed one. */
  get target(): string | undefined {
    return this.#transport?.target;
  }

  /** True if that is the embedded broker, which other commands on this machine find by themselves. */
  get isEmbedded(): boolean {
    return this.#transport !== undefined && this.#config.section(amqpSection).uri === embedded;
  }

  async open(owner: ResourceOwner): Promise<Transport> {
    this.#transport = transportFrom(this.#config, this.#logger, { mayHost: true, mayWait: true });
    return openFor(owner, this.#transport);
  }

  async close(): Promise<void> {
    await this.#transport?.close();
  }

  health(): HealthReport | undefined {
    return this.#transport && healthOf(this.#transport);
  }

  waitsFor(): string | undefined {
    return this.#transport?.health().reason;
  }
}
