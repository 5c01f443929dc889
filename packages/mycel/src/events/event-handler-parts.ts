import type { ServiceHost } from '../core/service-host.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Transport } from '../transport/transport.ts';
import { type ResolvedEventHandlerOptions, retryScheduleOf } from './event-handler-options.ts';
import { eventsSection } from './events-section.ts';
import { FailurePolicy } from './failure-policy.ts';
import { PoisonWatch } from './poison-watch.ts';

/** Where a handler has its time and its chances from. */
export interface HandlerSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
}

/** What a handler has once it is set up. */
export interface HandlerParts {
  readonly transport: Transport;
  readonly policy: FailurePolicy;
  readonly poison: PoisonWatch;
}

/** For whom parts are made. */
export interface HandlerOwner {
  readonly host: ServiceHost;
  readonly method: string;
  isExpected(error: unknown): boolean;
}

/** Joins what a handler says with what the configuration and the transport say. */
export function handlerParts(
  owner: HandlerOwner,
  transport: Transport,
  options: ResolvedEventHandlerOptions,
  { clock, random }: HandlerSurroundings,
): HandlerParts {
  const { host, method } = owner;
  const { serviceName: service, instanceId: instance, logger } = host;
  const section = host.options(eventsSection);
  const canRetry = transport.capabilities.retries === true;
  const { onError = transport.events.onError ?? 'drop', poisonAfter = section.poison_after } = options;
  if (!canRetry && onError === 'retry') {
    logger.warn({}, `${service}.${method}: ${transport.name} holds no events back: one on which it fails is given up`);
  }
  const policy = new FailurePolicy({
    service,
    method,
    instance,
    onError,
    canRetry,
    schedule: retryScheduleOf(options, section),
    logger,
    counters: transport.counters,
    random,
    isExpected: (error) => owner.isExpected(error),
  });
  return { transport, policy, poison: new PoisonWatch(poisonAfter, clock) };
}
