import { onTestFinished } from 'vitest';
import { ServiceRunner, type RunnerOptions } from '../../packages/mycel/src/core/runner.ts';
import type { ServiceClass, ServiceDefinition } from '../../packages/mycel/src/core/service-definition.ts';
import { defaultConfig } from '../../packages/mycel/src/foundation/config-section.ts';
import { Counters } from '../../packages/mycel/src/foundation/counters.ts';
import type {
  EventSubscriber,
  InboundEvent,
  OnError,
  Settlement,
} from '../../packages/mycel/src/transport/event-transport.ts';
import { transportKey, type Transport } from '../../packages/mycel/src/transport/transport.ts';
import { emptyContext } from '../../packages/mycel/src/transport/wire-context.ts';
import { type LogRecord, recordingLogger } from './recording-logger.ts';

/** How a {@link startScripted} transport is, and the services on it. */
export interface ScriptedEventsOptions extends Omit<RunnerOptions, 'resources' | 'logger' | 'config'> {
  /** @default 'retry' */
  readonly onError?: OnError | undefined;
  /** @default true */
  readonly retries?: boolean;
  /** The section `events` of the configuration. */
  readonly events?: Readonly<Record<string, unknown>>;
}

/** Services whose events a test delivers by hand. */
export interface ScriptedEvents {
  readonly runner: ServiceRunner;
  readonly counters: Counters;
  readonly logs: LogRecord[];
  /** Delivers an event to a handler; resolves with what becomes of it. */
  readonly deliver: (method: string, event?: Partial<InboundEvent>) => Promise<Settlement>;
  readonly subscriber: (method: string) => EventSubscriber;
  /** What was done to the subscriptions: `stop on`, `close on`. */
  readonly ended: string[];
}

interface Attached {
  readonly subscriber: EventSubscriber;
  readonly handle: (event: InboundEvent) => Promise<Settlement>;
}

/** Starts services on a transport that carries nothing by itself: where what becomes of an event is what matters. */
export async function startScripted(
  services: Iterable<ServiceClass | ServiceDefinition>,
  options: ScriptedEventsOptions = {},
): Promise<ScriptedEvents> {
  const { onError = 'retry', retries = true, events = {}, ...rest } = options;
  const [attached, ended, logs] = [new Map<string, Attached>(), [] as string[], [] as LogRecord[]];
  const counters = new Counters();
  // Of a transport the handlers use only what is here.
  const transport = {
    name: 'scripted',
    capabilities: { retries },
    counters,
    events: {
      onError,
      subscribe: async (subscriber: EventSubscriber, handle: Attached['handle']) => {
        const { method } = subscriber;
        attached.set(method, { subscriber, handle });
        return {
          stop: async () => void ended.push(`stop ${method}`),
          close: async () => void ended.push(`close ${method}`),
        };
      },
    },
  } as unknown as Transport;
  const of = (method: string): Attached => {
    const found = attached.get(method);
    if (!found) throw new Error(`nothing has subscribed for ${method}`);
    return found;
  };
  const runner = new ServiceRunner(services, {
    config: { ...defaultConfig, section: ({ key, schema }) => schema.parse(key === 'events' ? events : {}) },
    ...rest,
    logger: recordingLogger(logs),
    resources: [{ key: transportKey, open: async () => transport, close: async () => {} }],
  });
  onTestFinished(() => runner.kill());
  await runner.start();
  const deliver = (method: string, event: Partial<InboundEvent> = {}): Promise<Settlement> =>
    of(method).handle({
      source: 's',
      type: 't',
      payload: undefined,
      context: emptyContext,
      redelivered: false,
      messageId: undefined,
      ...event,
    });
  return { runner, counters, logs, ended, deliver, subscriber: (method) => of(method).subscriber };
}
