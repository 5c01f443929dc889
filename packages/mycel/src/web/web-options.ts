import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { durationSchema } from '../foundation/duration-schema.ts';
import { parseListenAddress } from './listen-address.ts';

/** The schema of an address to listen at: `[host:]port`. */
export const addressSchema = z
  .union([z.string(), z.number()], { error: "expected '[host:]port'" })
  .transform(String)
  .refine((text) => parseListenAddress(text) !== undefined, {
    error: "expected '[host:]port', such as '8000', '127.0.0.1:8000' or '[::1]:8000'",
  });

const schema = z.object({
  address: addressSchema
    .default('0.0.0.0:8000')
    .describe("Where the server listens: '[host:]port'. Without a host, on all interfaces; port 0 takes a free one."),
  body_limit: z
    .int()
    .min(0)
    .default(1_048_576)
    .describe('The largest request body, in bytes, unless a handler says otherwise.'),
  request_timeout: durationSchema
    .default(300_000)
    .describe('How long a client may take to send a whole request; 0 for ever.'),
  headers_timeout: durationSchema
    .default(60_000)
    .describe("How long a client may take to send a request's headers; at most request_timeout."),
  keep_alive_timeout: durationSchema
    .default(65_000)
    .describe(
      'How long a connection stays open without a request. Make it longer than the one of a load balancer in front.',
    ),
  drain_timeout: durationSchema
    .default(5000)
    .describe('When the process stops and its workers have ended: how long responses may take to reach slow clients.'),
});

/** The options of the web server, resolved: times are milliseconds. */
export type WebOptions = z.output<typeof schema>;

/** The section `web` of the configuration. `WEB_SERVER_ADDRESS` is Nameko's name of its `address`. */
export const webSection: ConfigSection<WebOptions> = {
  key: 'web',
  description: 'The web server of the process.',
  schema,
  aliases: { WEB_SERVER_ADDRESS: 'address' },
};
