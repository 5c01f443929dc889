import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';
import { longestDelayMs } from './retry-later.ts';

/** The options of the events that services dispatch and handle. */
export interface EventsOptions {
  /** Whether the dispatch of an event that nobody handles is rejected, unless its dispatcher says otherwise. */
  readonly strict_routing: boolean;
  /** How often a handler is started on one event at most, unless the handler says otherwise. */
  readonly retry_attempts: number;
  /** Milliseconds from one attempt to the next, unless the handler says otherwise; the last one repeats. */
  readonly retry_delays: readonly number[];
  /** How often an event may come back without having been settled, unless the handler says otherwise. */
  readonly poison_after: number;
}

/** The section `events` of the configuration. */
export const eventsSection: ConfigSection<EventsOptions> = {
  key: 'events',
  description: 'Events that services dispatch and handle.',
  schema: z.strictObject({
    strict_routing: z
      .boolean()
      .default(false)
      .describe(
        'Whether the dispatch of an event that nobody handles is rejected; otherwise it is logged, once per type.',
      ),
    retry_attempts: z
      .int()
      .min(1)
      .default(5)
      .describe('How often a handler is started on one event at most; then the event is a dead letter.'),
    retry_delays: z
      .array(durationSchema.refine((ms) => ms <= longestDelayMs, { error: 'expected 7 days at most' }))
      .min(1)
      .default([1000, 5000, 30_000, 120_000])
      .describe('How long a failed event waits before each further attempt; the last delay repeats.'),
    poison_after: z
      .int()
      .min(1)
      .default(5)
      .describe(
        'How often an event may come back because its process ended while it was handled; then it is a dead letter.',
      ),
  }),
};
