import { type Dependency, dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import type { EventDefinition } from '../core/event-definition.ts';
import type { WorkerContext } from '../core/worker-context.ts';
import { UsageError } from '../foundation/errors.ts';
import type { SchemaInput } from '../foundation/schema.ts';
import type { EventTransport, PublishResult } from '../transport/event-transport.ts';
import { transportKey } from '../transport/transport.ts';
import type { WireContext } from '../transport/wire-context.ts';
import { type DispatchOptions, EventCaller } from './event-caller.ts';
import { eventsSection } from './events-section.ts';
import { RoutingWatch } from './routing-watch.ts';

/**
 * Dispatches events: `dispatch(OrderPlaced, payload)` as the service the definition names, `dispatch('type', payload)`
 * as the worker's own. Resolves once the broker has the event; `routed` is false if nobody handles it.
 */
export interface Dispatcher {
  <D extends EventDefinition>(
    event: D,
    payload: SchemaInput<D['schema']>,
    options?: DispatchOptions,
  ): Promise<PublishResult>;
  (type: string, payload: unknown, options?: DispatchOptions): Promise<PublishResult>;
}

/** What a test gives in place of a {@link Dispatcher}: any function. */
export type DispatcherDouble = (event: never, payload: never, options?: DispatchOptions) => unknown;

/** How a dispatcher works. */
export interface EventDispatcherOptions {
  /** Reject the dispatch of an event that nobody handles with an `EventNotRoutedError`. @default `events.strict_routing` */
  readonly strictRouting?: boolean;
}

/** Declares a dispatcher of events. They carry the worker's context. Events that nobody handles are logged, once per type. */
export function eventDispatcher(options?: EventDispatcherOptions): Dependency<Dispatcher, DispatcherDouble> {
  return dependency<Dispatcher, DispatcherDouble>(
    () => new EventDispatcherProvider(options),
    (double): Dispatcher =>
      async (event: unknown, payload: unknown, options?: DispatchOptions) => {
        // The double takes what the test knows it is given.
        const result = await double(event as never, payload as never, options);
        return (result ?? { routed: true }) as PublishResult;
      },
  );
}

/** Gives each worker a function that dispatches on its behalf. */
export class EventDispatcherProvider extends DependencyProvider<Dispatcher> {
  override readonly kind = 'event_dispatcher';
  override readonly configSections = [eventsSection];
  readonly #options: EventDispatcherOptions;
  #transport: EventTransport | undefined;
  #routing: RoutingWatch | undefined;

  constructor(options: EventDispatcherOptions = {}) {
    super();
    this.#options = options;
  }

  override async setup(): Promise<void> {
    const isStrict = this.#options.strictRouting ?? this.host.options(eventsSection).strict_routing;
    this.#routing = new RoutingWatch({ logger: this.host.logger, isStrict });
    this.#transport = (await this.host.resource(transportKey)).events;
    await this.#transport.prepare(this.host.serviceName);
  }

  override getDependency(worker: WorkerContext): Dispatcher {
    const [transport, routing] = [this.#transport, this.#routing];
    if (!transport || !routing) throw new UsageError('the event dispatcher is used before its setup');
    // Read when an event is sent: a worker that sends none does not have to make its call id.
    const context = (): WireContext => ({ callIdStack: worker.callIdStack, data: worker.data });
    const caller = new EventCaller({ transport, context, routing });
    const { serviceName } = this.host;
    return (event: EventDefinition | string, payload: unknown, options?: DispatchOptions) =>
      typeof event === 'string'
        ? caller.dispatch(serviceName, event, payload, options)
        : caller.dispatch(event, payload, options);
  }
}
