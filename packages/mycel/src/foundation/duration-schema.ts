import { z } from 'zod';
import { parseDurationMs, type Duration } from './duration.ts';

/** The schema of a duration in a configuration: takes what {@link Duration} takes, gives milliseconds. */
export const durationSchema = z
  .custom<Duration>((value) => parseDurationMs(value) !== undefined, {
    error: "expected a duration (milliseconds, or text such as '250ms', '10s', '5m')",
  })
  // What a JSON Schema says of it, where the check itself cannot stand.
  .meta({
    anyOf: [
      { type: 'number', minimum: 0 },
      { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?(ms|s|m|h|d)\\s*$' },
    ],
  })
  .transform((duration) => parseDurationMs(duration) ?? 0);
