import { preconditionFailed } from './refusals.ts';

/** RabbitMQ's longest time to live: ten years. */
export const longestExpiryMs = 315_360_000_000;

/** Refuses (406) an `expiration` that is no number of milliseconds. As RabbitMQ it takes `+10`. */
export function assertExpiration(expiration: string): void {
  const problem = problemWith(expiration);
  if (problem !== undefined) throw preconditionFailed(`invalid expiration '${expiration}': ${problem}`);
}

function problemWith(expiration: string): string | undefined {
  const digits = /^[+-]?\d+/.exec(expiration)?.[0];
  if (digits === undefined) return 'no_integer';
  if (digits.length < expiration.length) return `{leftover_string,"${expiration.slice(digits.length)}"}`;
  const value = BigInt(digits.replace('+', ''));
  if (value < 0n) return `{value_negative,${value}}`;
  if (value > longestExpiryMs) return `{value_too_large,${value}}`;
  return undefined;
}
