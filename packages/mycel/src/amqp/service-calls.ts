import { randomUUID } from 'node:crypto';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { CallCancelledError } from '../transport/transport-errors.ts';
import type { RpcQueueType } from './amqp-options.ts';
import type { ConsumptionPlan } from './consumption.ts';
import type { OptionalExchanges } from './optional-exchanges.ts';
import { RpcResponder, type CallHandler } from './rpc-responder.ts';
import {
  controlExchange,
  controlQueue,
  declareBound,
  declareShared,
  declareTopic,
  requestQueue,
  shortcutExchange,
} from './topology.ts';

/** What is needed to answer the calls to a service. */
export interface ServiceCallsOptions {
  readonly exchange: string;
  readonly service: string;
  readonly queueType: RpcQueueType;
  readonly prefetch: number;
  /** Those that can be called by the shortcut. */
  readonly methods: readonly string[];
  readonly handle: CallHandler;
  readonly extras: OptionalExchanges;
  readonly logger: Logger;
}

/**
 * Plans the consumption of a service's request queue, and beside it, on the same channel, of this instance's control
 * queue: a caller that gives up does not know which instance has its call, so it tells all of them.
 */
export function serviceCalls(options: ServiceCallsOptions): ConsumptionPlan {
  const { exchange, service, queueType, prefetch, methods, extras, logger } = options;
  let [hasShortcut, hasControl] = [false, false];
  const responder = new RpcResponder({ ...options, hasShortcut: () => hasShortcut });
  const requests = requestQueue(service, queueType);

  let control = controlQueue(service, randomUUID());

  const listenForCancels = async (channel: AmqpChannel): Promise<void> => {
    // A name of its own each time: after a loss the broker may still hold the one before for the dead connection.
    control = controlQueue(service, randomUUID());
    await declareBound(channel, control, controlExchange, service);
    await channel.consume(
      control.queue,
      ({ properties: { correlationId } }) => {
        if (correlationId !== undefined) responder.cancel(correlationId, new CallCancelledError(service));
      },
      { noAck: true, onCancelled: () => void channel.close() },
    );
  };

  const bindRequests = async (channel: AmqpChannel): Promise<void> => {
    await channel.bindQueue(requests.queue, exchange, `${service}.*`);
    if (!hasShortcut) return;
    // In one go: a service may have many.
    await Promise.all(
      methods.map((method) => channel.bindQueue(requests.queue, shortcutExchange, `${service}.${method}`)),
    );
  };

  const exchanges = (): readonly string[] => [
    exchange,
    ...(hasControl ? [controlExchange] : []),
    ...(hasShortcut ? [shortcutExchange] : []),
  ];

  const watchCopies = (channel: AmqpChannel): void => {
    channel.onReturn = ({ exchange: from, routingKey, body, properties }) => {
      // A queue was not bound again yet to a shortcut that was deleted: that of its caller, for a reply, or of the service, for a copy.
      const isCopy = routingKey.startsWith(`${service}.`);
      if (from === shortcutExchange)
        return channel.publish(exchange, routingKey, body, properties, { mandatory: isCopy });
      logger.error(
        {},
        `a call of ${routingKey} is lost: its queue '${requests.queue}' went away while it was put back`,
      );
    };
  };

  return {
    name: `calls to ${service}`,
    prefetch,
    logger,
    deliver: responder.deliver,
    handBack: responder.handBack,
    declare: async (channel) => {
      watchCopies(channel);
      [hasShortcut, hasControl] = await Promise.all([
        methods.length > 0 && extras.isUsable(shortcutExchange),
        extras.isUsable(controlExchange),
      ]);
      if (hasControl) await listenForCancels(channel);
      await declareTopic(channel, exchange);
      await channel.declareQueue(requests.queue, requests.options);
      await bindRequests(channel);
      return requests.queue;
    },
    get exchanges() {
      return exchanges();
    },
    bind: async (channel) => {
      for (const shared of exchanges()) await declareShared(channel, shared);
      if (hasControl) await channel.bindQueue(control.queue, controlExchange, service);
      await bindRequests(channel);
    },
  };
}
