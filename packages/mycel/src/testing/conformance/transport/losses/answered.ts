import type { Transport } from '../../../../transport/transport.ts';
import { DisconnectedError } from '../../../../transport/transport-errors.ts';
import { call } from '../calls.ts';
import { eventually } from '../../within.ts';

/** Calls until an answer comes: a call that was on its way when the connection was lost fails, and may be made again. */
export async function answered(caller: Transport, args: readonly unknown[]): Promise<unknown> {
  let value: unknown;
  await eventually('an answer after the connection was lost', async () => {
    const reply = await call(caller, 'echo', { args }).reply.catch((error: unknown) => {
      if (error instanceof DisconnectedError) return undefined;
      throw error;
    });
    if (!reply?.ok) return false;
    value = reply.value;
    return true;
  });
  return value;
}
