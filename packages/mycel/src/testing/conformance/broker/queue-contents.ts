import assert from 'node:assert/strict';
import {
  type AmqpChannel,
  AmqpServerError,
  type Delivery,
  type MessageProperties,
  NackedError,
  type PublishOutcome,
} from '../../../protocol/client/index.ts';
import type { BrokerWorld } from './broker-world.ts';
import { Inbox, textOf } from './inbox.ts';

/** Publishes to a queue, one after the other, until all are confirmed. Needs a confirming channel. */
export async function fill(
  channel: AmqpChannel,
  texts: readonly string[],
  properties: MessageProperties = {},
  queue = 'q',
): Promise<void> {
  await Promise.all(texts.map(async (text) => channel.publishConfirmed('', queue, text, properties)));
}

/** Publishes to an exchange and waits for the confirm. */
export async function send(
  channel: AmqpChannel,
  exchange: string,
  routingKey: string,
  properties: MessageProperties = {},
): Promise<PublishOutcome> {
  return channel.publishConfirmed(exchange, routingKey, routingKey, properties, { mandatory: true });
}

/** Takes out all that is ready, by `basic.get`. */
export async function drain(channel: AmqpChannel, queue = 'q'): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const delivery = await channel.get(queue, { noAck: true });
    if (!delivery) return texts;
    texts.push(textOf(delivery));
  }
}

/** Fetches a message that must be there. */
export async function fetch(channel: AmqpChannel, queue = 'q', noAck = false): Promise<Delivery> {
  const delivery = await channel.get(queue, { noAck });
  assert.ok(delivery, `queue '${queue}' was empty`);
  return delivery;
}

/** Waits for the next message of a queue, and leaves it unacknowledged. */
export async function nextOf(channel: AmqpChannel, queue: string): Promise<Delivery> {
  for (;;) {
    const delivery = await channel.get(queue);
    if (delivery) return delivery;
  }
}

/** Waits for the next messages of a queue, which must be all that come. */
export async function arrivals(channel: AmqpChannel, queue: string, count = 1): Promise<Delivery[]> {
  const inbox = await Inbox.open(channel, queue, { noAck: true });
  const deliveries = await inbox.take(count);
  await inbox.quiet();
  await inbox.cancel();
  assert.equal(inbox.received.length, count, `queue '${queue}' had more than ${count} messages`);
  return deliveries;
}

/** How many messages are ready. */
export async function depth(channel: AmqpChannel, queue = 'q'): Promise<number> {
  return (await channel.declareQueue(queue, { passive: true })).messageCount;
}

/** How many consumers a queue has. */
export async function consumerCount(channel: AmqpChannel, queue = 'q'): Promise<number> {
  return (await channel.declareQueue(queue, { passive: true })).consumerCount;
}

/** Tells whether a queue of this name exists. */
export async function queueExists(world: BrokerWorld, queue = 'q'): Promise<boolean> {
  const channel = await world.channel();
  return isFound(channel.declareQueue(queue, { passive: true }));
}

/** Tells whether an exchange of this name exists. */
export async function exchangeExists(world: BrokerWorld, exchange: string): Promise<boolean> {
  const channel = await world.channel();
  return isFound(channel.declareExchange(exchange, 'direct', { passive: true }));
}

/** Waits until a queue is gone, without using it: what is published to it is sent back. Needs a confirming channel. */
export async function queueGone(channel: AmqpChannel, queue = 'q'): Promise<void> {
  for (;;) {
    try {
      if ((await send(channel, '', queue)).returned) return;
    } catch (error) {
      // From 4.3 on RabbitMQ refuses what reaches a queue while that is being deleted.
      if (!(error instanceof NackedError)) throw error;
    }
  }
}

async function isFound(declared: Promise<unknown>): Promise<boolean> {
  try {
    await declared;
    return true;
  } catch (error) {
    assert.ok(error instanceof AmqpServerError && error.replyCode === 404, error as Error);
    return false;
  }
}
