import type { BackoffOptions } from '../foundation/backoff.ts';

/**
 * Waits between attempts at what somebody outside has to mend. Short, so that whoever waits is back within two seconds of
 * the mending; random in full, so that a thousand processes come back spread over that time.
 */
export const attemptWaits: BackoffOptions = { maxMs: 1500, jitter: 1 };

/** A connection or channel that lived this long was no quick failure: after its loss the waits begin anew. */
export const stableMs = 1000;
