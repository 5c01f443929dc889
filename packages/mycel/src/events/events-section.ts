import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';

/** The options of the events that services dispatch. */
export interface EventsOptions {
  /** Whether the dispatch of an event that nobody handles is rejected, unless its dispatcher says otherwise. */
  readonly strict_routing: boolean;
}

/** The section `events` of the configuration. */
export const eventsSection: ConfigSection<EventsOptions> = {
  key: 'events',
  description: 'Events that services dispatch.',
  schema: z.strictObject({
    strict_routing: z
      .boolean()
      .default(false)
      .describe(
        'Whether the dispatch of an event that nobody handles is rejected; otherwise it is logged, once per type.',
      ),
  }),
};
