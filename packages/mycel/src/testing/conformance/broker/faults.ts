import assert from 'node:assert/strict';
import {
  type AmqpChannel,
  type AmqpConnection,
  AmqpServerError,
  type ChannelClosed,
  type ConnectionClosed,
  type MessageProperties,
} from '../../../protocol/client/index.ts';
import { within } from '../within.ts';
import type { BrokerWorld } from './broker-world.ts';

/** Something that ends with a fault: a request, a channel or a connection that the broker is to close. */
type Faulty = Promise<unknown> | AmqpChannel | AmqpConnection;

/** Asserts that the broker closes the channel, with exactly this code and text. */
export async function channelFault(faulty: Faulty, replyCode: number, replyText: string): Promise<void> {
  assertFault(await faultOf(faulty), 'channel', replyCode, replyText);
}

/** Asserts that the broker closes the connection, with exactly this code and text. */
export async function connectionFault(faulty: Faulty, replyCode: number, replyText: string): Promise<void> {
  assertFault(await faultOf(faulty), 'connection', replyCode, replyText);
}

/** Asserts that the broker closes the channel of a published message, with exactly this code and text. */
export async function publishFault(
  channel: AmqpChannel,
  properties: MessageProperties,
  replyCode: number,
  replyText: string,
): Promise<void> {
  channel.publish('', 'q', 'x', properties);
  await channelFault(channel, replyCode, replyText);
}

/** Waits for the broker's own words, wherever in the chain of causes they stand. */
export async function faultOf(faulty: Faulty): Promise<AmqpServerError> {
  const ending = faulty instanceof Promise ? faulty.catch((error: unknown) => ({ error })) : faulty.closed;
  const outcome = await within(ending, 'the broker to refuse this');
  for (let error = errorOf(outcome); error instanceof Error; error = error.cause) {
    if (error instanceof AmqpServerError) return error;
  }
  throw new assert.AssertionError({ message: 'The broker was to refuse this', actual: outcome });
}

function errorOf(outcome: unknown): unknown {
  // What `closed` resolves with and what a rejection was made into here have the same field.
  return (outcome as ChannelClosed | ConnectionClosed | { error: unknown } | undefined)?.error;
}

function assertFault(
  fault: AmqpServerError,
  scope: AmqpServerError['scope'],
  replyCode: number,
  replyText: string,
): void {
  const { scope: closed, replyCode: code, replyText: text } = fault;
  // A text that does not fit is cut so.
  const said = Buffer.byteLength(replyText) > 255 ? `${replyText.slice(0, 252)}...` : replyText;
  assert.deepEqual({ closed, code, text }, { closed: scope, code: replyCode, text: said });
}

/** What a connection is told that uses the exclusive queue `q` of another. */
export function lockedText(world: BrokerWorld): string {
  const advice =
    'It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.';
  return `RESOURCE_LOCKED - cannot obtain exclusive access to locked ${world.in("queue 'q'")}. ${advice}`;
}
