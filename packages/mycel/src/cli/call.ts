import { readArguments } from '../app/call-arguments.ts';
import { RemoteError } from '../core/remote-error.ts';
import { encodePayload } from '../transport/payload.ts';
import { describeError } from './call-failure.ts';
import type { ContextCommandOptions } from './client-options.ts';
import { exitCode, exitCodeFor } from './exit-codes.ts';
import { openClient } from './open-client.ts';

/** What `mycel call` calls. */
export interface CallTarget {
  readonly service: string;
  readonly method: string;
}

/** Arguments as they were written: to be told apart by what the method takes, or outright. */
export type GivenArguments =
  | { readonly values: readonly unknown[] }
  | { readonly args: readonly unknown[]; readonly kwargs: Readonly<Record<string, unknown>> };

/** `mycel call`: calls, and prints the result as one line of JSON. */
export async function call(
  { service, method }: CallTarget,
  given: GivenArguments,
  options: ContextCommandOptions,
): Promise<number> {
  const { client } = await openClient(options, options.context);
  try {
    const listing = await client.list({ service });
    const rpc = listing.rpcs(service).find((entry) => entry.method === method);
    const args = 'values' in given ? readArguments(rpc, given.values) : given;
    const result = await client.call(listing, service, method, args);
    process.stdout.write(`${encodePayload(result ?? null, 'result').body}\n`);
    return exitCode.ok;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    process.stderr.write(`mycel: ${describeError(error)}\n`);
    return exitCodeFor(error);
  } finally {
    await client.close();
  }
}
