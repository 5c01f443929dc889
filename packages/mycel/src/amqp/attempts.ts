import { backoffMs } from '../foundation/backoff.ts';
import { messageOf } from '../foundation/errors.ts';
import { LongTimer } from '../foundation/long-timer.ts';
import { pause } from '../foundation/pause.ts';
import { BrokerUnavailableError } from '../transport/transport-errors.ts';
import { attemptWaits } from './attempt-waits.ts';

/** What is tried until it works. */
export interface Attempts {
  /** One attempt; `giveUp` aborts once no time is left for it. */
  readonly attempt: (giveUp: AbortSignal) => Promise<void>;
  /** Whether another attempt may mend it. */
  readonly isMendable: (error: unknown) => boolean;
  /** Told of each failure, with how many there were, before the next attempt. */
  readonly onFailure: (error: unknown, failed: number) => void;
  /** The wait before the first. */
  readonly firstMs: number;
  /** How long it is tried; 0 for ever. */
  readonly mostMs: number;
  /** The option that says so. */
  readonly option: string;
  /** Ends it: nobody wants it any more. */
  readonly signal: AbortSignal;
}

/**
 * Tries again and again. Resolves with how many attempts failed; rejects with `signal`'s reason, with what no attempt can
 * mend, or with a `BrokerUnavailableError` when the time is over.
 */
export async function tryUntilDone(plan: Attempts): Promise<number> {
  const { mostMs, firstMs, signal } = plan;
  const limit = new AbortController();
  const timer = mostMs > 0 ? new LongTimer(mostMs, () => limit.abort()) : undefined;
  const over = AbortSignal.any([signal, limit.signal]);
  let last: unknown;
  try {
    for (let failed = 0; ; failed++) {
      await pause(failed === 0 ? firstMs : backoffMs(failed + 1, attemptWaits), over);
      if (signal.aborted) throw signal.reason;
      if (limit.signal.aborted) throw tooLate(plan, last);
      try {
        await plan.attempt(over);
        return failed;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (limit.signal.aborted) throw tooLate(plan, last ?? error);
        if (!plan.isMendable(error)) throw error;
        last = error;
        plan.onFailure(error, failed + 1);
      }
    }
  } finally {
    timer?.cancel();
  }
}

function tooLate({ option, mostMs }: Attempts, last: unknown): BrokerUnavailableError {
  const why = last === undefined ? '' : `: ${messageOf(last)}`;
  return new BrokerUnavailableError(`no broker took this process within ${mostMs} ms (${option})${why}`, {
    cause: last,
  });
}
