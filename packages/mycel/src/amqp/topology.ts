import type { AmqpChannel } from '../protocol/client/index.ts';
import type { QueueOptions } from '../protocol/client/index.ts';
import type { EventSubscriber } from '../transport/event-transport.ts';
import type { RpcQueueType, TopologyName } from './amqp-options.ts';

/** A queue and how it is declared. */
export interface QueuePlan {
  readonly queue: string;
  readonly options: QueueOptions;
}

/** Where one instance of a service hears that calls were cancelled; the routing key is the service's name. */
export const controlExchange = 'mycel-control';

/**
 * The short way of calls and replies between Mycel programs, a direct exchange: it is cheaper for the broker to look up one key
 * than to match it with patterns (docs/decisions/0018).
 */
export const shortcutExchange = 'mycel-calls';

/** Where processes are asked which services they run; all of them hear it. */
export const discoveryExchange = 'mycel-discovery';

/** The queue of the replies to one process: gone with its connection. */
export function replyQueue(owner: string, id: string): QueuePlan {
  return { queue: `rpc.reply-${owner}-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** The queue of the cancellations that reach one instance of a service. */
export function controlQueue(service: string, id: string): QueuePlan {
  return { queue: `mycel.control-${service}-${id}`, options: { exclusive: true, autoDelete: true } };
}

/** The queue in which one process hears that others have restored an exchange. */
export function watchQueue(id: string): QueuePlan {
  return { queue: `mycel.watch-${id}`, options: { exclusive: true, autoDelete: true } };
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

/** How often a message may come back to its queue: for ever. Without a limit RabbitMQ 4 drops it after 20 times, and 3.10 takes no less than a number. */
export const endlessReturns = 2_147_483_647;

/** A queue that is on several nodes and drops nothing. */
const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': endlessReturns };

/** The queue of all calls to a service, as Nameko names it; by default also as Nameko declares it: durable, classic. */
export function requestQueue(service: string, type: RpcQueueType = 'classic'): QueuePlan {
  return { queue: `rpc-${service}`, options: { durable: true, ...(type === 'quorum' && { arguments: quorum }) } };
}

/** The queue of what was given up, one for all services of a virtual host. To look at a letter is to have it come back once more. */
export const deadLetterQueue: QueuePlan = {
  queue: 'mycel.dead-letters',
  options: { durable: true, arguments: quorum },
};

/** The exchange of a service's events, as Nameko names it. */
export function eventExchange(source: string): string {
  return `${source}.events`;
}

/** Tells whether that is the name of an exchange of events. */
export function isEventExchange(exchange: string): boolean {
  return exchange.endsWith('.events');
}

/**
 * The queue of an event handler, as Nameko names it. With the topology `mycel` those that outlive a connection are
 * quorum queues from which nothing is dropped; with `nameko` each is declared as Nameko does. `instance` names a broadcast handler's own queue.
 */
export function eventQueue(subscriber: EventSubscriber, topology: TopologyName, instance: string): QueuePlan {
  const { source, type, service, method, mode, reliable, broadcastId, oneAtATime } = subscriber;
  const shared = `evt-${source}-${type}`;
  const ours = topology === 'mycel';
  const single = ours && oneAtATime ? { 'x-single-active-consumer': true } : undefined;
  const lasting: QueueOptions = ours ? { durable: true, arguments: { ...quorum, ...single } } : { durable: true };
  const passing: QueueOptions = { durable: true, autoDelete: true, ...(single && { arguments: single }) };
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

/** Declares any of the exchanges that processes share: durable, of the type that its name stands for. */
export function declareShared(channel: AmqpChannel, exchange: string): Promise<void> {
  if (exchange === discoveryExchange) return channel.declareExchange(exchange, 'fanout', { durable: true });
  if (exchange === shortcutExchange) return channel.declareExchange(exchange, 'direct', { durable: true });
  return declareTopic(channel, exchange);
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
  await channel.declareQueue(plan.queue, plan.options);
  await bindDiscovery(channel, plan.queue);
}

/** Declares the exchange of discovery and binds a queue to it. */
export async function bindDiscovery(channel: AmqpChannel, queue: string): Promise<void> {
  await declareShared(channel, discoveryExchange);
  await channel.bindQueue(queue, discoveryExchange, '');
}
