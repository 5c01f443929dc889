import { randomUUID } from 'node:crypto';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import type { OutboundEvent, PublishResult } from '../transport/event-transport.ts';
import { encodePayload } from '../transport/payload.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { KeptChannel } from './kept-channel.ts';
import { contextHeaders, richHeader } from './message-headers.ts';
import { publishFailure } from './publish-failure.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { declareTopic, eventExchange } from './topology.ts';

/** How an {@link EventPublisher} works. */
export interface EventPublisherOptions {
  readonly logger: Logger;
  /** How long a publish waits for a lost connection to come back. */
  readonly publishTimeoutMs: number;
}

/** Publishes events on one channel in confirm mode: persistent, mandatory, resolved by the broker's confirm. */
export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #channel: KeptChannel;
  readonly #sources = new Set<string>();
  readonly #unconfirmed = new Set<Promise<unknown>>();

  constructor(connection: SupervisedConnection, options: EventPublisherOptions) {
    this.#options = options;
    this.#channel = new KeptChannel(connection, {
      name: 'event publishing',
      logger: options.logger,
      prepare: (channel) => this.#prepare(channel),
    });
  }

  /** Declares the exchange of `source`, once per connection. */
  async declare(source: string): Promise<void> {
    const channel = await this.#channel.ready();
    if (this.#sources.has(source)) return;
    await declareTopic(channel, eventExchange(source));
    this.#sources.add(source);
  }

  /** Publishes; resolves once the broker has confirmed. What cannot be sent is refused before anything is sent. */
  publish(event: OutboundEvent): Promise<PublishResult> {
    const publishing = this.#publish(event);
    this.#unconfirmed.add(publishing);
    const forget = (): void => void this.#unconfirmed.delete(publishing);
    publishing.then(forget, forget);
    return publishing;
  }

  /** Waits for what is not confirmed yet, then closes. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#unconfirmed);
    await this.#channel.close();
  }

  async #publish({ source, type, payload, context, headers }: OutboundEvent): Promise<PublishResult> {
    const { body, rich } = encodePayload(payload, `event ${source}.${type}`);
    const table = contextHeaders(context, rich === undefined ? headers : { ...headers, [richHeader]: rich });
    const channel = this.#channel.current ?? (await this.#whenBack(`event ${source}.${type}`));
    if (!this.#sources.has(source)) await this.declare(source);
    const properties = {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 2,
      priority: 0,
      messageId: randomUUID(),
      headers: table,
    } as const;
    try {
      const { returned } = await channel.publishConfirmed(eventExchange(source), type, body, properties, {
        mandatory: true,
      });
      return { routed: !returned };
    } catch (error) {
      throw publishFailure(error, `event ${source}.${type}`);
    }
  }

  async #prepare(channel: AmqpChannel): Promise<void> {
    await channel.confirmSelect();
    for (const source of this.#sources) await declareTopic(channel, eventExchange(source));
  }

  async #whenBack(what: string): Promise<AmqpChannel> {
    const { publishTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new DisconnectedError(
        `${what} was not sent: there was no connection to the broker for ${publishTimeoutMs} ms; publish it again later, or raise amqp.publish_timeout`,
      );
      timer = setTimeout(() => reject(error), publishTimeoutMs);
    });
    try {
      return await Promise.race([this.#channel.ready(), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
