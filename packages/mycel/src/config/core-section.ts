import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';

const workers = z.int().min(1);

/** Keys of Nameko's that mean nothing here; they are accepted, so that one file can serve both, with a warning. */
const foreign = z.unknown().optional();

const schema = z.object({
  max_workers: z
    .union([workers, z.record(z.string(), workers)])
    .optional()
    .describe(
      "Workers that may run at once in each service: a number, or numbers by service name ('default' for the others). Without it, what the service's code says, or 10.",
    ),
  parent_calls_tracked: z.int().min(0).default(10).describe('How many ids of parent calls travel along with a call.'),
  shutdown_grace: durationSchema
    .default(30_000)
    .describe('How long running workers may go on once the process is asked to stop.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('The lowest level that is logged.'),
      format: z
        .enum(['auto', 'pretty', 'json'])
        .default('auto')
        .describe("'pretty' for people, 'json' for machines, 'auto' by whether the output is a terminal."),
    })
    .prefault({})
    .describe('How log records are written.'),
  serializer: z.literal('json').optional().describe("Nameko's; JSON is the only one here."),
  LOGGING: foreign,
  ACCEPT: foreign,
  SERIALIZERS: foreign,
  SERVICE_CONTAINER_CLS: foreign,
});

/** The options that stand at the top level of the file, outside any section. */
export type CoreOptions = z.output<typeof schema>;

/** The section of the options that stand at the top level. */
export const coreSection: ConfigSection<CoreOptions> = {
  key: '',
  description: 'How services run in this process.',
  schema,
};

const remedies = {
  LOGGING: "set 'log.level' and 'log.format' instead",
  ACCEPT: 'only JSON is accepted',
  SERIALIZERS: 'JSON is the only serializer',
  SERVICE_CONTAINER_CLS: 'the container cannot be replaced',
} as const;

/** Says which of Nameko's keys are set and have no effect, one sentence each. */
export function ignoredKeys(options: CoreOptions): string[] {
  return Object.entries(remedies)
    .filter(([key]) => options[key as keyof typeof remedies] !== undefined)
    .map(([key, remedy]) => `the key ${key} is Nameko's and has no effect here: ${remedy}`);
}
