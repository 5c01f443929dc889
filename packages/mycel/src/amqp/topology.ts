import type { AmqpChannel } from '../protocol/client/index.ts';
import type { QueueOptions } from '../protocol/client/index.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';
import type { TopologyName } from './amqp-options.ts';

/** A queue and how it is declared. */
export interface QueuePlan {
  readonly queue: string;
  readonly options: QueueOptions;
}

/** Where one instance of a service hears that calls were cancelled; the routing key is the service's name. */
export const controlExchange = 'mycel-control';

/** Where processes are asked which services they run; all of them hear it. */
export const discoveryExchange = 'mycel-discovery';

/** The queue of all calls to a service, as Nameko names and declares it: durable, classic. */
export function requestQueue(service: string): QueuePlan {
  return { queue: `rpc-${service}`, options: { durable: true } };
}

/** The queue of the replies to one process: gone with its connection. */
export function replyQueue(owner: string, id: string): QueuePlan {
  return { queue: `rpc.reply-${owner}-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** The queue of the cancellations that reach one instance of a service. */
export function controlQueue(service: string, id: string): QueuePlan {
  return { queue: `mycel.control-${service}-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** The queue of the questions to one process. */
export function discoveryQueue(id: string): QueuePlan {
  return { queue: `mycel.discovery-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** The queue of the answers to one question. */
export function discoveryReplyQueue(id: string): QueuePlan {
  return { queue: `mycel.discovery.reply-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** No message ever comes here: its consumers are counted, one for each process that can be asked. */
export const presenceQueue: QueuePlan = { queue: 'mycel.presence', options: { durable: true } };

/** The exchange of a service's events, as Nameko names it. */
export function eventExchange(source: string): string {
  return `${source}.events`;
}

/**
 * The queue of an event handler, as Nameko names it. With the topology `mycel` those that outlive a connection are
 * quorum queues; with `nameko` each is declared as Nameko does. `instance` names a broadcast handler's own queue.
 */
export function eventQueue(subscriber: EventSubscriber, topology: TopologyName, instance: string): QueuePlan {
  const { source, type, service, method, mode, reliable, broadcastId } = subscriber;
  const shared = `evt-${source}-${type}`;
  const lasting: QueueOptions =
    topology === 'nameko' ? { durable: true } : { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  const passing: QueueOptions = { durable: true, autoDelete: true };
  if (mode === 'singleton') return { queue: shared, options: reliable ? lasting : passing };
  if (mode === 'service-pool')
    return { queue: `${shared}--${service}.${method}`, options: reliable ? lasting : passing };
  const own = `${shared}--${service}.${method}-${broadcastId ?? instance}`;
  return { queue: own, options: reliable ? lasting : { ...passing, exclusive: true } };
}

/** Declares a durable topic exchange, as all of Nameko's are. */
export function declareTopic(channel: AmqpChannel, exchange: string): Promise<void> {
  return channel.declareExchange(exchange, 'topic', { durable: true });
}

/** Declares a queue and binds it. */
export async function declareBound(
  channel: AmqpChannel,
  plan: QueuePlan,
  exchange: string,
  routingKey: string,
): Promise<void> {
  await channel.declareQueue(plan.queue, plan.options);
  await channel.bindQueue(plan.queue, exchange, routingKey);
}

/** Declares the exchange of discovery, and the queue of one process on it. */
export async function declareDiscovery(channel: AmqpChannel, plan: QueuePlan): Promise<void> {
  await channel.declareExchange(discoveryExchange, 'fanout', { durable: true });
  await declareBound(channel, plan, discoveryExchange, '');
}
