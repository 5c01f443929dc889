import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';
import { addressSchema } from './web-options.ts';

const schema = z.strictObject({
  address: addressSchema
    .optional()
    .describe(
      "A port of their own for the health endpoints: '[host:]port'. Without it they are on the web server, if the process has one.",
    ),
  path: z
    .string()
    .regex(/^(\/[\w.~-]+)+$/, "expected a path such as '/health'")
    .default('/health')
    .describe("What their paths begin with: '/health' for /health/live, /health/ready and /health/startup."),
  timeout: durationSchema
    .refine((ms) => ms > 0, { error: 'expected more than 0' })
    .default(2000)
    .describe('How long one check may take; one that takes longer makes the process not ready.'),
  details: z
    .boolean()
    .default(true)
    .describe('Tell the state of each service and extension, and the reasons; else only whether all is well.'),
});

/** The options of the health endpoints, resolved: times are milliseconds. */
export type HealthOptions = z.output<typeof schema>;

/** The section `health` of the configuration. */
export const healthSection: ConfigSection<HealthOptions> = {
  key: 'health',
  description: 'The endpoints that tell supervisors how the process is.',
  schema,
};
