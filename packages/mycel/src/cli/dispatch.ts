import { didYouMean } from '../foundation/nearest.ts';
import type { ContextCommandOptions } from './client-options.ts';
import { exitCode } from './exit-codes.ts';
import { openClient } from './open-client.ts';

/** What `mycel dispatch` sends. */
export interface DispatchedEvent {
  readonly source: string;
  readonly type: string;
  readonly payload: unknown;
}

/** `mycel dispatch`: dispatches, and prints `{"routed":true}`, or `false` if nobody handles the event. */
export async function dispatch(
  { source, type, payload }: DispatchedEvent,
  options: ContextCommandOptions,
): Promise<number> {
  const { client } = await openClient(options, options.context);
  try {
    const { routed } = await client.dispatch(source, type, payload);
    process.stdout.write(`${JSON.stringify({ routed })}\n`);
    if (!routed) {
      const events = [...(await client.list()).events()].flatMap(([from, types]) =>
        [...types].map((known) => `${from}.${known}`),
      );
      const event = `${source}.${type}`;
      process.stderr.write(`mycel: nobody handles ${event}${didYouMean(event, events)}\n`);
    }
    return exitCode.ok;
  } finally {
    await client.close();
  }
}
