import { type Duration, durationMs, durationText } from '../foundation/duration.ts';
import { UsageError } from '../foundation/errors.ts';

/** How a handler asks for its event again. */
export interface RetryLaterOptions {
  /** How long the event is held back; 7 days at most. */
  readonly delay: Duration;
  /** Whether it is one of the handler's attempts. @default true */
  readonly counts?: boolean;
  /** Why; it is logged instead of the wish. */
  readonly cause?: unknown;
  readonly message?: string;
}

/** Brokers hold nothing back for longer. */
export const longestDelayMs = 7 * 86_400_000;

/**
 * What a handler throws to get the event again after a time of its own choice: a rate limit that says when it ends, a resource that
 * is not there yet. Throws a `UsageError` for a delay that is none, or too long.
 */
export class RetryLater extends Error {
  readonly delayMs: number;
  readonly counts: boolean;

  constructor({ delay, counts = true, message, ...rest }: RetryLaterOptions) {
    const delayMs = durationMs(delay, 'RetryLater, delay');
    if (delayMs > longestDelayMs) {
      throw new UsageError(`RetryLater, delay: ${JSON.stringify(delay)} is longer than 7 days, the most there is`);
    }
    super(message ?? `try again in ${durationText(delayMs)}`, 'cause' in rest ? { cause: rest.cause } : undefined);
    this.name = 'RetryLater';
    this.delayMs = delayMs;
    this.counts = counts;
  }
}
