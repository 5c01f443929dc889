import { UsageError } from '../foundation/errors.ts';
import type { HandlerMode } from '../transport/event-transport.ts';

/** How an event is handled. */
export interface EventHandlerOptions {
  /**
   * Who gets the event: one instance of the service (`service-pool`), every instance (`broadcast`), or one handler in
   * the whole cluster (`singleton`). @default 'service-pool'
   */
  readonly mode?: HandlerMode | undefined;
  /** Keep events while no instance runs. @default true; false for `broadcast` */
  readonly reliable?: boolean | undefined;
  /** For a reliable broadcast: what names this instance across restarts, and differs between instances. */
  readonly broadcastId?: string | undefined;
  /** Give the event back to the queue if the handler throws, at once and without limit. @default false: it is given up */
  readonly requeueOnError?: boolean | undefined;
  /** Events taken before earlier ones are handled. @default the service's `maxWorkers` */
  readonly prefetch?: number | undefined;
  /** Errors that belong to the handler's normal work: they are logged as warnings. */
  readonly expected?: readonly (abstract new (...args: never[]) => Error)[] | undefined;
}

/** {@link EventHandlerOptions}, complete. */
export interface ResolvedEventHandlerOptions {
  readonly mode: HandlerMode;
  readonly reliable: boolean;
  readonly broadcastId: string | undefined;
  readonly requeueOnError: boolean;
  readonly prefetch: number | undefined;
  readonly expected: readonly (abstract new (...args: never[]) => Error)[];
}

/** Fills in defaults and checks; `where` begins the message. Throws one `UsageError` that lists every problem. */
export function resolveEventHandlerOptions(options: EventHandlerOptions, where: string): ResolvedEventHandlerOptions {
  const { mode = 'service-pool', broadcastId, requeueOnError = false, prefetch, expected = [] } = options;
  const { reliable = mode !== 'broadcast' } = options;
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
  if (prefetch !== undefined && (!Number.isInteger(prefetch) || prefetch < 1)) {
    problems.push(`prefetch ${prefetch}: expected a whole number of at least 1`);
  }
  if (problems.length) throw new UsageError(`${where}: ${problems.join('; ')}`);
  return { mode, reliable, broadcastId, requeueOnError, prefetch, expected };
}
