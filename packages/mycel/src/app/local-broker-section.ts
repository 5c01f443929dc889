import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';

/** The ports on which the embedded broker is looked for, and the first free one of which it takes. */
export const usualPorts: readonly number[] = Array.from({ length: 10 }, (_, index) => 6720 + index);

/** The section `broker` of the configuration. */
export const brokerSection = {
  key: 'broker',
  description: 'The embedded broker, which the processes of this machine share where `amqp.uri` is `embedded`.',
  schema: z.strictObject({
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe(
        'The only port on which it is looked for and listens, for projects that must not meet; else the first free one of 6720 to 6729.',
      ),
  }),
} satisfies ConfigSection;

/** The ports that a configuration allows. */
export function portsOf({ port }: z.infer<typeof brokerSection.schema>): readonly number[] {
  return port === undefined ? usualPorts : [port];
}
