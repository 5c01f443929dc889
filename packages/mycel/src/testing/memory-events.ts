import { randomUUID } from 'node:crypto';
import type {
  EventSubscriber,
  EventTransport,
  InboundEvent,
  OutboundEvent,
  PublishResult,
  Settlement,
} from '../transport/event-transport.ts';
import type { Subscription } from '../transport/subscription.ts';
import { arrivedContext, type MemoryBroker, type QueuedEvent, travel } from './memory-broker.ts';
import type { MemoryDelivery } from './memory-queue.ts';

/** Events by way of a {@link MemoryBroker}. */
export class MemoryEvents implements EventTransport {
  readonly #broker: MemoryBroker;
  readonly #subscriptions = new Set<Subscription>();

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async prepare(_source: string): Promise<void> {}

  async publish({ source, type, payload, context, headers }: OutboundEvent): Promise<PublishResult> {
    const queues = this.#broker.queuesFor(source, type);
    const at = `event '${type}'`;
    travel(payload, at);
    for (const queue of queues) {
      const arrived = arrivedContext(context, headers);
      queue.push({ source, type, payload: travel(payload, at), context: arrived, messageId: randomUUID() });
    }
    return { routed: queues.length > 0 };
  }

  async subscribe(
    subscriber: EventSubscriber,
    handle: (event: InboundEvent) => Promise<Settlement>,
  ): Promise<Subscription> {
    const { source, type, reliable, prefetch } = subscriber;
    const queue = this.#broker.declareEventQueue(queueName(subscriber), source, type, reliable);
    const deliver = async (delivery: MemoryDelivery<QueuedEvent>): Promise<void> => {
      delivery.settle(await handle({ ...delivery.value, redelivered: delivery.redelivered }));
    };
    const subscription = queue.consume(prefetch, (delivery) => void deliver(delivery));
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    this.#subscriptions.clear();
  }
}

function queueName({ source, type, service, method, mode, broadcastId }: EventSubscriber): string {
  if (mode === 'singleton') return `evt-${source}-${type}`;
  const name = `evt-${source}-${type}--${service}.${method}`;
  return mode === 'broadcast' ? `${name}-${broadcastId ?? randomUUID()}` : name;
}
