import type { EventDefinition } from '../core/event-definition.ts';
import { UsageError } from '../foundation/errors.ts';
import { isThenable } from '../foundation/awaitable.ts';
import { type SchemaInput, validate, type Validation } from '../foundation/schema.ts';
import type { EventTransport, PublishResult } from '../transport/event-transport.ts';
import { emptyContext, type WireContext } from '../transport/wire-context.ts';
import { InvalidPayloadError } from './event-errors.ts';
import type { RoutingWatch } from './routing-watch.ts';

/** What one event may have of its own. */
export interface DispatchOptions {
  /** Headers beside those of the context. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** The broker need not write it to disk. @default what the event's definition says, or false */
  readonly volatile?: boolean | undefined;
}

/** What an {@link EventCaller} needs. */
export interface EventCallerOptions {
  readonly transport: EventTransport;
  /** What travels with an event sent now. @default nothing */
  readonly context?: () => WireContext;
  /** Is told what became of each event. @default nobody: the caller sees `routed` */
  readonly routing?: RoutingWatch;
}

/**
 * Dispatches events in the name of any service. Resolves once the broker has the event; rejects with a
 * `TransportError`, with an `InvalidPayloadError` before anything is sent, or with an `EventNotRoutedError` where routing is strict.
 *
 * The payload is sent as it was given: what a schema makes of it (defaults, transforms) is made by each handler.
 */
export class EventCaller {
  readonly #transport: EventTransport;
  readonly #context: () => WireContext;
  readonly #routing: RoutingWatch | undefined;

  constructor({ transport, context = () => emptyContext, routing }: EventCallerOptions) {
    this.#transport = transport;
    this.#context = context;
    this.#routing = routing;
  }

  /** Dispatches a declared event, or one by source and type. */
  dispatch<D extends EventDefinition>(
    event: D,
    payload: SchemaInput<D['schema']>,
    options?: DispatchOptions,
  ): Promise<PublishResult>;
  dispatch(source: string, type: string, payload: unknown, options?: DispatchOptions): Promise<PublishResult>;
  dispatch(...all: readonly unknown[]): Promise<PublishResult> {
    if (typeof all[0] !== 'string')
      return this.#publishDeclared(...(all as [EventDefinition, unknown, DispatchOptions | undefined]));
    return this.#publish(...(all as [string, string, unknown, DispatchOptions | undefined]));
  }

  async #publishDeclared(
    event: EventDefinition,
    payload: unknown,
    options: DispatchOptions | undefined,
  ): Promise<PublishResult> {
    const checked = validate(event.schema, payload);
    check(event, isThenable(checked) ? await checked : checked);
    return this.#publish(event.source, event.type, payload, {
      ...options,
      volatile: options?.volatile ?? event.volatile,
    });
  }

  async #publish(
    source: string,
    type: string,
    payload: unknown,
    options: DispatchOptions | undefined,
  ): Promise<PublishResult> {
    if (typeof type !== 'string' || !/^[^\s*#]+$/.test(type)) {
      throw new UsageError(
        `${source} cannot dispatch ${JSON.stringify(type)}: an event's type is words with dots between them, without spaces, '*' or '#'`,
      );
    }
    const { headers, volatile } = options ?? {};
    const event = { source, type, payload, context: this.#context(), headers, volatile };
    // Not awaited here: a function that waits keeps its arguments, so each event that waits would be held twice, as a value and as a body.
    return this.#transport.publish(event).then((result) => {
      this.#routing?.check(source, type, result);
      return result;
    });
  }
}

function check({ source, type }: EventDefinition, checked: Validation<unknown>): void {
  if (!checked.valid) throw new InvalidPayloadError(source, type, checked.problems);
}
