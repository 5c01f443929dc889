import { messageOf } from '../foundation/errors.ts';
import { NackedError, UnencodableError } from '../protocol/client/index.ts';
import type { OutboundEvent } from '../transport/event-transport.ts';
import {
  DisconnectedError,
  PublishBufferError,
  PublishRejectedError,
  UnserialisableError,
} from '../transport/transport-errors.ts';
import { refusalIn } from './broker-refusal.ts';
import { headerValues } from './message-headers.ts';
import { nameOf, type Publication } from './publication.ts';
import type { PublishLimits } from './publish-limits.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** Says what a failed publish means for its caller. */
export function publishFailure(error: unknown, what: string): Error {
  if (error instanceof NackedError)
    return new PublishRejectedError(`the broker refused ${what}: is its queue full?`, { cause: error });
  if (error instanceof UnencodableError)
    return new UnserialisableError(`${what}: ${error.path}`, error.problem, headerValues);
  return new DisconnectedError(
    `${what} was sent, but its connection or channel was lost before the broker confirmed it: ${messageOf(error)}`,
    { cause: error },
  );
}

/** Says what it means for an event that its publish failed: of a channel that was closed, it is known by now to be the reason. */
export function eventFailure(error: unknown, what: string): Error {
  const refusal = refusalIn(error);
  if (refusal?.scope !== 'channel' || refusal.method !== 'basic.publish') return publishFailure(error, what);
  const why = `the broker refused ${what}: ${refusal.replyText} (${refusal.replyCode})`;
  return new PublishRejectedError(why, { cause: error });
}

/** Says why an event that waited for too long is given up. */
export function tooLate({ name, wasSent, refusal }: Publication, obstacle: string, timeoutMs: number): Error {
  if (refusal) return publishFailure(refusal, name);
  const why = `${obstacle} for ${timeoutMs} ms; publish it again later, or raise amqp.publish_timeout`;
  return wasSent
    ? new DisconnectedError(`${name} was sent, but not confirmed (it may have been taken): ${why}`)
    : new PublishBufferError(`${name} was not sent: ${why}`, 'age', timeoutMs);
}

/** Says which bound keeps an event from waiting where so many `waiting` are. */
export function noPlace(
  event: OutboundEvent,
  bound: keyof PublishLimits,
  {
    limits,
    waiting,
    obstacle,
  }: { readonly limits: PublishLimits; readonly waiting: number; readonly obstacle: string },
): Error {
  const limit = limits[bound];
  const [most, option] =
    bound === 'messages'
      ? [`${limit} events`, 'amqp.publish_buffer']
      : [`${limit} bytes of events`, 'amqp.publish_buffer_bytes'];
  const remedy = `await some before you publish more, or raise ${option}`;
  const why = `${most} may wait for the broker, and ${waiting} events do (${obstacle})`;
  return new PublishBufferError(`${nameOf(event)} was not sent: at most ${why}; ${remedy}`, bound, limit);
}

/** Says what keeps the broker from taking messages. */
export function obstacleOf({ blocked, isOpen }: SupervisedConnection): string {
  if (!isOpen) return 'there was no connection to the broker';
  return blocked === undefined ? 'the broker did not answer' : `the broker takes no messages (${blocked})`;
}
