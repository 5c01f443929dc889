import { messageOf } from '../foundation/errors.ts';
import { NackedError } from '../protocol/client/index.ts';
import { DisconnectedError, PublishRejectedError } from '../transport/transport-errors.ts';

/** Says what a failed publish means for its caller. */
export function publishFailure(error: unknown, what: string): Error {
  if (error instanceof NackedError)
    return new PublishRejectedError(`the broker refused ${what}: is its queue full?`, { cause: error });
  return new DisconnectedError(
    `${what} was sent, but the connection was lost before the broker confirmed it: ${messageOf(error)}`,
    { cause: error },
  );
}
