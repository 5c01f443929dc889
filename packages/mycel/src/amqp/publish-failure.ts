import { messageOf } from '../foundation/errors.ts';
import { NackedError, UnencodableError } from '../protocol/client/index.ts';
import { DisconnectedError, PublishRejectedError, UnserialisableError } from '../transport/transport-errors.ts';
import { headerValues } from './message-headers.ts';

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
