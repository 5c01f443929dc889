import { UsageError } from './errors.ts';

/** A length of time: a number of milliseconds, or text such as `'250ms'`, `'10s'`, `'5m'`, `'1.5h'`, `'1d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Turns a {@link Duration} into milliseconds. Throws a `UsageError` that names `what` for anything else. */
export function durationMs(duration: Duration, what = 'duration'): number {
  const ms = parseDurationMs(duration);
  if (ms === undefined) {
    throw new UsageError(
      `${what}: ${JSON.stringify(duration)} is not a duration; write a number of milliseconds, or text such as '250ms', '10s', '5m'`,
    );
  }
  return ms;
}

/** Turns a duration into milliseconds, or `undefined` if it is none. Negative and non-finite numbers are none. */
export function parseDurationMs(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? duration : undefined;
  if (typeof duration !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration.trim());
  return match ? Number(match[1]) * unitMs[match[2] as keyof typeof unitMs] : undefined;
}

/** Writes milliseconds for people, in their two largest units: `973ms`, `1.9s`, `1m 53s`, `1h 30m`, `7d`. */
export function durationText(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  if (Math.round(ms / 100) < 600) return `${Math.round(ms / 100) / 10}s`;
  if (Math.round(ms / unitMs.s) < 3600) return inTwoUnits(ms, 'm', 's');
  return Math.round(ms / unitMs.m) < 1440 ? inTwoUnits(ms, 'h', 'm') : inTwoUnits(ms, 'd', 'h');
}

function inTwoUnits(ms: number, large: keyof typeof unitMs, small: keyof typeof unitMs): string {
  const count = Math.round(ms / unitMs[small]);
  const perLarge = unitMs[large] / unitMs[small];
  const rest = count % perLarge;
  return `${Math.floor(count / perLarge)}${large}${rest === 0 ? '' : ` ${rest}${small}`}`;
}
