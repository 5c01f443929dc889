import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'amqplib';
import type { BrokerNames } from './names.ts';

const detachTimeoutMs = 10_000;

/**
 * Counts the messages in a queue once no consumer holds any of them, those it had not acknowledged among them. A queue that is
 * not there has none.
 */
export async function messagesLeft(uri: string, queue: string): Promise<number> {
  const connection = await connect(uri);
  // A queue that is not there closes the channel, which is nothing to the connection.
  connection.on('error', () => {});
  try {
    const deadline = Date.now() + detachTimeoutMs;
    for (;;) {
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      const state = await channel.checkQueue(queue).catch(() => undefined);
      if (state === undefined) return 0;
      await channel.close();
      if (state.consumerCount === 0) return state.messageCount;
      if (Date.now() > deadline) throw new Error(`the queue ${queue} still has consumers, though its server has ended`);
      await delay(20);
    }
  } finally {
    await connection.close();
  }
}

/** Deletes what a contender may have left. What is not there is no error. */
export async function deleteFromBroker(
  uri: string,
  { queues, exchanges }: Pick<BrokerNames, 'queues' | 'exchanges'>,
): Promise<void> {
  const connection = await connect(uri);
  const channel = await connection.createChannel();
  for (const queue of queues) await channel.deleteQueue(queue);
  for (const exchange of exchanges) await channel.deleteExchange(exchange);
  await connection.close();
}
