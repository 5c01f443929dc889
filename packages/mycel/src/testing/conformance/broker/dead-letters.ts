import assert from 'node:assert/strict';
import type { AmqpChannel, Delivery, MessageProperties } from '../../../protocol/client/index.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { BrokerWorld } from './broker-world.ts';
import { arrivals, fetch, fill } from './queue-contents.ts';

/** What happened to a message in one queue for one reason: an entry of `x-death`. */
export interface Death {
  readonly count: number;
  readonly reason: string;
  readonly queue: string;
  readonly exchange: string;
  readonly 'routing-keys': readonly string[];
  readonly 'original-expiration'?: string;
  readonly time: Date;
}

/** Reads `x-death`, latest first. */
export function deathsOf({ properties }: Delivery): Death[] {
  // The behaviours assert what is in it.
  return (properties.headers?.['x-death'] ?? []) as unknown as Death[];
}

/** The deaths without their times, which nobody knows beforehand. */
export function plainDeathsOf(delivery: Delivery): Omit<Death, 'time'>[] {
  return deathsOf(delivery).map(({ time, ...death }) => {
    assert.ok(time instanceof Date);
    return death;
  });
}

/** Declares the queue `dead`, and the queue `q` whose dropped messages go there. */
export async function withDeadQueue(world: BrokerWorld, args: FieldTable = {}): Promise<AmqpChannel> {
  const channel = await world.confirming();
  await channel.declareQueue('dead');
  const deadLettering = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };
  await channel.declareQueue('q', { arguments: { ...deadLettering, ...args } });
  return channel;
}

/** Publishes a message to `q`, rejects it, and waits for it in `dead`. */
export async function rejected(channel: AmqpChannel, properties: MessageProperties = {}): Promise<Delivery> {
  await fill(channel, ['x'], properties);
  return rejectedFrom(channel, 'q');
}

/** Rejects the next message of a queue and waits for it in another. */
export async function rejectedFrom(channel: AmqpChannel, queue: string, dead = 'dead'): Promise<Delivery> {
  channel.reject((await fetch(channel, queue)).deliveryTag, false);
  const [delivery] = await arrivals(channel, dead);
  assert.ok(delivery);
  return delivery;
}
