import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';

/** The options of rpcs: of the calls a service makes and of those it answers. */
export interface RpcOptions {
  /** Milliseconds until a call is given up, unless the call says otherwise or its worker has less time left. */
  readonly timeout: number;
  /** Calls taken from the queue before earlier ones are answered. */
  readonly prefetch?: number | undefined;
  /** How often a call may come back without having been settled; then it is answered with a `CalleeCrashedError`. */
  readonly poison_after: number;
  /** Whether callers are told the message of an error that is no part of the method's answer; the transport says if it is left out. */
  readonly expose_errors?: boolean | undefined;
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
    poison_after: z
      .int()
      .positive()
      .default(3)
      .describe(
        'How often a call may come back because its instance ended before it answered; then its caller gets an error.',
      ),
    expose_errors: z
      .boolean()
      .optional()
      .describe(
        'Whether callers are told the message of an error that a method neither declares nor expects. If left out: only on the embedded broker, and where amqp.topology is nameko.',
      ),
  }),
};
