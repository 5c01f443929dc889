/** How the waits between attempts grow. */
export interface BackoffOptions {
  /** The first wait, in milliseconds. @default 100 */
  readonly initialMs?: number;
  /** No wait is longer, in milliseconds. @default 10_000 */
  readonly maxMs?: number;
  /** Each wait is this many times the one before. @default 2 */
  readonly factor?: number;
  /** The share of each wait that is random, 0 to 1, so that many clients do not come back in step. @default 0.5 */
  readonly jitter?: number;
}

/**
 * Computes the wait in milliseconds before attempt `attempt` (1 is the first retry).
 * With jitter `j` the wait lies between `(1 - j) * full` and `full`.
 */
export function backoffMs(attempt: number, options: BackoffOptions = {}, random: () => number = Math.random): number {
  const { initialMs = 100, maxMs = 10_000, factor = 2, jitter = 0.5 } = options;
  const full = initialMs && Math.min(maxMs, initialMs * factor ** (attempt - 1)); // 0 times Infinity is no number
  return Math.round(full * (1 - jitter * random()));
}
