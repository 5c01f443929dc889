import { UsageError } from '../foundation/errors.ts';
import { RetryLater } from './retry-later.ts';

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** When an event is tried again on which its handler fails. */
export interface RetrySchedule {
  /** How often the handler is started on one event at most. */
  readonly attempts: number;
  /** Milliseconds from one attempt to the next; the last one repeats. */
  readonly delaysMs: readonly number[];
  /** The share of a delay that may be missing, 0 to 1, so that what failed together does not come back together. */
  readonly jitter: number;
  /** Errors that a later attempt would not mend. */
  readonly never: readonly ErrorClass[];
}

/** What is next for an event on which its handler has failed. */
export type NextAttempt =
  | { readonly delayMs: number; readonly counts: boolean }
  /** It has been tried enough. */
  | 'none';

/**
 * Says when an event is tried again that failed with `error`, and had failed `failures` times before. A wrong use of Mycel is not
 * tried again: it needs another program.
 */
export function nextAttempt(
  schedule: RetrySchedule,
  failures: number,
  error: unknown,
  random: () => number = Math.random,
): NextAttempt {
  const hasMore = failures + 1 < schedule.attempts;
  if (error instanceof RetryLater) {
    const { delayMs, counts } = error;
    return hasMore || !counts ? { delayMs, counts } : 'none';
  }
  if (!hasMore || isFinal(error, schedule.never)) return 'none';
  const delayMs = schedule.delaysMs[Math.min(failures, schedule.delaysMs.length - 1)] ?? 0;
  return { delayMs: Math.round(delayMs * (1 - schedule.jitter * random())), counts: true };
}

function isFinal(error: unknown, never: readonly ErrorClass[]): boolean {
  return error instanceof UsageError || never.some((errorClass) => error instanceof errorClass);
}
