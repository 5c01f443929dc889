import { type Duration, parseDurationMs } from '../foundation/duration.ts';
import { UsageError } from '../foundation/errors.ts';
import type { HandlerMode, OnError } from '../transport/event-transport.ts';
import type { EventsOptions } from './events-section.ts';
import { longestDelayMs } from './retry-later.ts';
import type { ErrorClass, RetrySchedule } from './retry-schedule.ts';

/** What tells the events apart that must be handled in their order. */
export type OrderKey = string | number | bigint | boolean;

/** How an event is handled. `Payload` is what `orderBy` gets. */
export interface EventHandlerOptions<Payload = unknown> {
  /**
   * Who gets the event: one instance of the service (`service-pool`), every instance (`broadcast`), or one handler in
   * the whole cluster (`singleton`). @default 'service-pool'
   */
  readonly mode?: HandlerMode | undefined;
  /** Keep events while no instance runs. @default true; false for `broadcast` */
  readonly reliable?: boolean | undefined;
  /** For a reliable broadcast: what names this instance across restarts, and differs between instances. */
  readonly broadcastId?: string | undefined;
  /**
   * What becomes of an event on which the handler fails: it is tried again later, and in the end a dead letter (`retry`); it is
   * logged and forgotten (`drop`); it goes back to the queue at once and without limit (`requeue`). @default the transport's:
   * 'retry', or 'drop' with `amqp.topology: nameko`
   */
  readonly onError?: OnError | undefined;
  /** Nameko's name for `onError: 'requeue'`. @default false */
  readonly requeueOnError?: boolean | undefined;
  /** When a failed event is tried again. @default `events.retry_attempts` and `events.retry_delays` */
  readonly retry?: EventRetryOptions | undefined;
  /**
   * How often an event may come back because its process ended while it was handled; then it is a dead letter.
   * @default `events.poison_after`
   */
  readonly poisonAfter?: number | undefined;
  /** Handle events of the same key in their order, one after the other. @default side by side */
  readonly orderBy?: ((payload: Payload) => OrderKey) | undefined;
  /** Events that the handler works on at once, in one instance. @default as many as there are workers */
  readonly concurrency?: number | undefined;
  /** Events taken before earlier ones are handled. @default `concurrency`; ten times that with `orderBy`, 100 at least */
  readonly prefetch?: number | undefined;
  /** Errors that belong to the handler's normal work: they are logged as warnings. */
  readonly expected?: readonly ErrorClass[] | undefined;
}

/** When an event is tried again on which its handler fails. */
export interface EventRetryOptions {
  /** How often the handler is started on one event at most, the first time included. @default `events.retry_attempts` */
  readonly attempts?: number | undefined;
  /** How long the event waits before each further attempt; the last delay repeats. @default `events.retry_delays` */
  readonly delays?: readonly Duration[] | undefined;
  /** The share of each delay that is random, 0 to 1: it makes delays shorter. @default 0.2 */
  readonly jitter?: number | undefined;
  /** Errors that another attempt would not mend: the event is a dead letter at once. */
  readonly never?: readonly ErrorClass[] | undefined;
}

/** {@link EventHandlerOptions}, complete but for what the configuration and the transport decide. */
export interface ResolvedEventHandlerOptions {
  readonly mode: HandlerMode;
  readonly reliable: boolean;
  readonly broadcastId: string | undefined;
  readonly onError: OnError | undefined;
  readonly retry: Partial<RetrySchedule>;
  readonly poisonAfter: number | undefined;
  readonly orderBy: ((payload: unknown) => unknown) | undefined;
  readonly concurrency: number | undefined;
  readonly prefetch: number | undefined;
  readonly expected: readonly ErrorClass[];
}

/** Fills in defaults and checks; `where` begins the message. Throws one `UsageError` that lists every problem. */
export function resolveEventHandlerOptions(
  options: EventHandlerOptions<never>,
  where: string,
): ResolvedEventHandlerOptions {
  const { mode = 'service-pool', broadcastId, poisonAfter, orderBy, concurrency, prefetch, expected = [] } = options;
  const { reliable = mode !== 'broadcast' } = options;
  const onError = options.onError ?? (options.requeueOnError ? 'requeue' : undefined);
  const problems = [
    ...modeProblems(mode, reliable, broadcastId),
    ...errorProblems(options),
    ...retryProblems(options.retry ?? {}),
    ...countProblems({ poisonAfter, concurrency, prefetch }),
    ...classProblems({ expected, 'retry.never': options.retry?.never ?? [] }),
  ];
  if (orderBy !== undefined && typeof orderBy !== 'function') problems.push('orderBy is no function of the payload');
  if (orderBy && onError === 'requeue') {
    problems.push("orderBy with onError 'requeue': an event that goes back to the queue loses its place; use 'retry'");
  }
  if (problems.length) throw new UsageError(`${where}: ${problems.join('; ')}`);
  return {
    mode,
    reliable,
    broadcastId,
    onError,
    retry: readRetry(options.retry ?? {}),
    poisonAfter,
    // It is called with what the schema made of the payload, or, without one, with what the author of the options expects.
    orderBy: orderBy as ((payload: unknown) => unknown) | undefined,
    concurrency,
    prefetch,
    expected,
  };
}

/** Joins what a handler says with what the configuration says for all. */
export function retryScheduleOf({ retry }: ResolvedEventHandlerOptions, section: EventsOptions): RetrySchedule {
  const { attempts = section.retry_attempts, delaysMs = section.retry_delays, jitter = 0.2, never = [] } = retry;
  return { attempts, delaysMs, jitter, never };
}

/** How many events a handler takes before earlier ones are handled. Lanes that wait hold some: others should go on. */
export function prefetchOf(
  { prefetch, concurrency, orderBy }: ResolvedEventHandlerOptions,
  maxWorkers: number,
): number {
  const atOnce = Math.min(concurrency ?? maxWorkers, maxWorkers);
  return prefetch ?? (orderBy ? Math.max(100, 10 * atOnce) : atOnce);
}

/** How many are let through to the workers at once, where more are taken: other methods have their turn in between. */
export function placesOf(options: ResolvedEventHandlerOptions, maxWorkers: number): number | undefined {
  return options.concurrency ?? (prefetchOf(options, maxWorkers) > maxWorkers ? maxWorkers : undefined);
}

function modeProblems(mode: HandlerMode, reliable: boolean, broadcastId: string | undefined): string[] {
  const problems: string[] = [];
  if (!['service-pool', 'broadcast', 'singleton'].includes(mode)) {
    problems.push(`mode '${mode}' is none; use 'service-pool', 'broadcast' or 'singleton'`);
  }
  if (mode === 'broadcast' && reliable && !broadcastId) {
    problems.push(
      'a reliable broadcast needs a broadcastId that names this instance across restarts; give one, or leave out reliable',
    );
  }
  if (mode !== 'broadcast' && broadcastId !== undefined) problems.push('broadcastId is for broadcasts only');
  return problems;
}

function errorProblems({ onError, requeueOnError }: EventHandlerOptions<never>): string[] {
  const problems: string[] = [];
  if (onError !== undefined && !['retry', 'drop', 'requeue'].includes(onError)) {
    problems.push(`onError '${onError}' is none; use 'retry', 'drop' or 'requeue'`);
  }
  if (requeueOnError && onError !== undefined && onError !== 'requeue') {
    problems.push(`onError '${onError}' and requeueOnError contradict each other; keep one`);
  }
  return problems;
}

function retryProblems({ attempts, delays, jitter }: EventRetryOptions): string[] {
  const problems = countProblems({ 'retry.attempts': attempts });
  if (delays !== undefined && (!Array.isArray(delays) || !delays.length)) {
    problems.push("retry.delays: expected a list of durations such as ['1s', '30s']");
  }
  for (const delay of Array.isArray(delays) ? delays : []) {
    const ms = parseDurationMs(delay);
    if (ms === undefined) problems.push(`retry.delays: ${JSON.stringify(delay)} is not a duration such as '30s'`);
    else if (ms > longestDelayMs) problems.push(`retry.delays: ${JSON.stringify(delay)} is longer than 7 days`);
  }
  if (jitter !== undefined && !(jitter >= 0 && jitter <= 1)) {
    problems.push(`retry.jitter ${jitter}: expected a number from 0 to 1`);
  }
  return problems;
}

function countProblems(counts: Readonly<Record<string, number | undefined>>): string[] {
  return Object.entries(counts)
    .filter(([, count]) => count !== undefined && (!Number.isInteger(count) || count < 1))
    .map(([name, count]) => `${name} ${count}: expected a whole number of at least 1`);
}

function classProblems(lists: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(lists)
    .filter(([, list]) => !Array.isArray(list) || !list.every((errorClass) => typeof errorClass === 'function'))
    .map(([name]) => `${name}: expected a list of classes of errors`);
}

function readRetry({ attempts, delays, jitter, never }: EventRetryOptions): Partial<RetrySchedule> {
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(delays === undefined ? {} : { delaysMs: delays.map((delay) => parseDurationMs(delay) ?? 0) }),
    ...(jitter === undefined ? {} : { jitter }),
    ...(never === undefined ? {} : { never }),
  };
}
