import { randomUUID } from 'node:crypto';
import type { Logger } from '../foundation/logger.ts';
import type { AmqpChannel } from '../protocol/client/index.ts';
import { CallCancelledError } from '../transport/transport-errors.ts';
import type { ConsumptionPlan } from './consumption.ts';
import { RpcResponder, type CallHandler } from './rpc-responder.ts';
import { controlExchange, controlQueue, declareBound, declareTopic, requestQueue } from './topology.ts';

/** What is needed to answer the calls to a service. */
export interface ServiceCallsOptions {
  readonly exchange: string;
  readonly service: string;
  readonly prefetch: number;
  readonly handle: CallHandler;
  readonly logger: Logger;
}

/**
 * Plans the consumption of a service's request queue, and beside it, on the same channel, of this instance's control
 * queue: a caller that gives up does not know which instance has its call, so it tells all of them.
 */
export function serviceCalls(options: ServiceCallsOptions): ConsumptionPlan {
  const { exchange, service, prefetch, logger } = options;
  const responder = new RpcResponder(options);
  const requests = requestQueue(service);

  const listenForCancels = async (channel: AmqpChannel): Promise<void> => {
    // A name of its own each time: after a loss the broker may still hold the one before for the dead connection.
    const control = controlQueue(service, randomUUID());
    await declareTopic(channel, controlExchange);
    await declareBound(channel, control, controlExchange, service);
    await channel.consume(
      control.queue,
      ({ properties: { correlationId } }) => {
        if (correlationId !== undefined) responder.cancel(correlationId, new CallCancelledError(service));
      },
      { noAck: true, onCancelled: () => void channel.close() },
    );
  };

  return {
    name: `calls to ${service}`,
    prefetch,
    logger,
    deliver: responder.deliver,
    declare: async (channel) => {
      await listenForCancels(channel);
      await declareTopic(channel, exchange);
      await declareBound(channel, requests, exchange, `${service}.*`);
      return requests.queue;
    },
  };
}
