import type { AmqpConnection, QueueInfo } from '../protocol/client/index.ts';
import { isMissing } from './broker-refusal.ts';

/** Counts what a queue holds and who consumes from it; `undefined` if there is no such queue. Changes nothing. */
export async function countQueue(connection: AmqpConnection, queue: string): Promise<QueueInfo | undefined> {
  // A channel of its own: asking for a queue that is not there ends the channel.
  const channel = await connection.openChannel();
  try {
    return await channel.declareQueue(queue, { passive: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  } finally {
    await channel.close();
  }
}
