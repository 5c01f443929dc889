import type { ConsumerStatus, ExchangeStatus, QueueStatus, VhostStatus } from './broker-status.ts';
import type { Consumer } from './consumer.ts';
import { plainTable } from './plain-fields.ts';
import type { Queue } from './queue.ts';
import type { ExchangeSettings } from './routing/exchange-settings.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Describes a virtual host and what is in it. */
export function vhostStatus({ name, exchanges, queues }: VirtualHost): VhostStatus {
  return {
    name,
    exchanges: exchanges.exchanges().map(exchangeStatus),
    bindings: [...exchanges.bindings()].map((one) => ({ ...one, arguments: plainTable(one.arguments) })),
    queues: [...queues].map(queueStatus),
  };
}

function exchangeStatus({ alternateExchange, ...settings }: ExchangeSettings): ExchangeStatus {
  return { ...settings, arguments: alternateExchange === undefined ? {} : { 'alternate-exchange': alternateExchange } };
}

function queueStatus(queue: Queue): QueueStatus {
  const { name, isDurable, isAutoDelete, owner, arguments: args } = queue.declaration;
  return {
    name,
    durable: isDurable,
    autoDelete: isAutoDelete,
    exclusiveTo: owner ?? null,
    arguments: plainTable(args),
    ...queue.count(),
    consumers: [...queue.consumers].map((consumer) => consumerStatus(queue, consumer)),
  };
}

function consumerStatus(queue: Queue, consumer: Consumer): ConsumerStatus {
  const { tag, channel, noAck, isExclusive, prefetch, priority, unsettled } = consumer;
  return {
    tag,
    connection: channel.connectionId,
    channel: channel.id,
    noAck,
    exclusive: isExclusive,
    prefetch,
    priority,
    active: queue.consumers.isActive(consumer),
    unsettled,
  };
}
