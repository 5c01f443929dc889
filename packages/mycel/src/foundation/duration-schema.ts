import { z } from 'zod';
import { parseDurationMs, type Duration } from './duration.ts';

/** The schema of a duration in a configuration: takes what {@link Duration} takes, gives milliseconds. */
export const durationSchema = z
  .custom<Duration>((value) => parseDurationMs(value) !== undefined, {
    error: "expected a duration (milliseconds, or text such as '250ms', '10s', '5m')",
  })
  .transform((duration) => parseDurationMs(duration) ?? 0);
