import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';

/** The options of rpcs: of the calls a service makes and of those it answers. */
export interface RpcOptions {
  /** Milliseconds until a call is given up, unless the call says otherwise or its worker has less time left. */
  readonly timeout: number;
  /** Calls taken from the queue before earlier ones are answered. */
  readonly prefetch?: number | undefined;
}

/** The section `rpc` of the configuration. */
export const rpcSection: ConfigSection<RpcOptions> = {
  key: 'rpc',
  description: 'Calls between services.',
  schema: z.strictObject({
    timeout: durationSchema
      .default(10_000)
      .describe('How long a call waits for its answer, unless the call itself says otherwise.'),
    prefetch: z
      .int()
      .positive()
      .optional()
      .describe(
        'How many calls an instance takes before earlier ones are answered; as many as it has workers if left out.',
      ),
  }),
};
