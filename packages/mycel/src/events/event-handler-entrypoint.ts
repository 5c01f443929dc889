import { Entrypoint } from '../core/entrypoint.ts';
import { deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import { isThenable } from '../foundation/awaitable.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { jsonSchemaOf } from '../foundation/json-schema.ts';
import { type Schema, validate, type Validation } from '../foundation/schema.ts';
import type { InboundEvent, Settlement } from '../transport/event-transport.ts';
import { KeptSubscription } from '../transport/kept-subscription.ts';
import type { Subscription } from '../transport/subscription.ts';
import { transportKey, type Transport } from '../transport/transport.ts';
import { InvalidPayloadError } from './event-errors.ts';
import {
  type EventHandlerOptions,
  resolveEventHandlerOptions,
  type ResolvedEventHandlerOptions,
} from './event-handler-options.ts';

/** Which events a handler takes. */
export interface HandledEvent {
  readonly source: string;
  /** May contain topic wildcards. */
  readonly type: string;
  readonly schema?: Schema | undefined;
}

/**
 * Fires a method for each event of a type. Each handler has its own subscription.
 *
 * An event is settled when its worker has ended. A handler that throws, and a payload that does not fit the schema,
 * are logged and given up (as Nameko does), unless `requeueOnError` gives the former back.
 */
export class EventHandlerEntrypoint extends Entrypoint {
  override readonly kind = 'event';
  readonly #event: HandledEvent;
  readonly #givenOptions: EventHandlerOptions;
  #options: ResolvedEventHandlerOptions | undefined;
  #transport: Transport | undefined;
  #events: KeptSubscription | undefined;
  #unreadable = 0;

  constructor(event: HandledEvent, options: EventHandlerOptions = {}) {
    super();
    this.#event = event;
    this.#givenOptions = options;
  }

  /** How many events were given up because they could not be read, or did not fit the schema. */
  get unreadable(): number {
    return this.#unreadable;
  }

  protected override onBind(): void {
    this.#options = resolveEventHandlerOptions(this.#givenOptions, `${this.#path}, @eventHandler`);
    this.#events = this.host.adopt(new KeptSubscription(() => this.#subscribe()));
  }

  override async setup(): Promise<void> {
    this.#transport = await this.host.resource(transportKey);
  }

  override async stop(): Promise<void> {
    await this.#events?.stopTaking();
  }

  override health(): HealthReport | undefined {
    return this.#events?.health();
  }

  override isExpected(error: unknown): boolean {
    return this.#resolved.expected.some((errorClass) => error instanceof errorClass);
  }

  override describe(): Record<string, unknown> {
    const { source, type, schema } = this.#event;
    const { mode, reliable } = this.#resolved;
    const payload = schema && jsonSchemaOf(schema, 'input');
    return { source, type, mode, reliable, ...(payload ? { payload } : {}) };
  }

  /** Handles one event. Never rejects. */
  readonly handle = (event: InboundEvent): Promise<Settlement> => {
    try {
      if (event.malformed !== undefined) throw new Error(event.malformed);
      const { schema } = this.#event;
      if (!schema) return this.#run(event, event.payload);
      const checked = validate(schema, event.payload);
      if (!isThenable(checked)) return this.#runChecked(event, checked);
      return checked
        .then((settled) => this.#runChecked(event, settled))
        .catch((error: unknown) => this.#giveUp(event, error));
    } catch (error) {
      return Promise.resolve(this.#giveUp(event, error));
    }
  };

  #runChecked(event: InboundEvent, checked: Validation<unknown>): Promise<Settlement> {
    if (!checked.valid) throw new InvalidPayloadError(event.source, event.type, checked.problems);
    return this.#run(event, checked.value);
  }

  #run(event: InboundEvent, payload: unknown): Promise<Settlement> {
    const { mode, reliable, requeueOnError } = this.#resolved;
    const settlement = deferred<Settlement>();
    const worker = this.host.spawnWorker({
      entrypoint: this,
      args: [payload],
      context: event.context,
      // The queue of an unreliable broadcast goes with this instance: handing an event back would lose it.
      returnable: mode !== 'broadcast' || reliable,
      handleResult: ({ ok }) => settlement.resolve(ok || !requeueOnError ? 'ack' : 'requeue'),
    });
    // A worker that ran has settled the event already; what comes here then changes nothing.
    worker.outcome.catch(() => settlement.resolve('requeue'));
    return settlement.promise;
  }

  #giveUp(event: InboundEvent, error: unknown): Settlement {
    this.#unreadable += 1;
    const fields = { err: error, source: event.source, type: event.type, messageId: event.messageId };
    this.host.logger.error(fields, `${this.#path} cannot take an event, and it is given up: ${messageOf(error)}`);
    return 'ack';
  }

  async #subscribe(): Promise<Subscription> {
    const { mode, reliable, broadcastId, prefetch = this.host.maxWorkers } = this.#resolved;
    const { source, type } = this.#event;
    // Set up before anything starts.
    const { events } = this.#transport as Transport;
    const service = this.host.serviceName;
    return events.subscribe(
      { source, type, service, method: this.method, mode, reliable, broadcastId, prefetch },
      this.handle,
    );
  }

  get #path(): string {
    return `${this.host.serviceName}.${this.method}`;
  }

  get #resolved(): ResolvedEventHandlerOptions {
    this.#options ??= resolveEventHandlerOptions(this.#givenOptions, this.#path);
    return this.#options;
  }
}
