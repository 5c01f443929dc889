import { TransportError } from './transport-errors.ts';

/** A dead letter could not be put back to its handler, and stays: the handler's queue is gone, or takes no more. */
export class LetterNotReplayedError extends TransportError {
  readonly code = 'MYCEL_LETTER_NOT_REPLAYED';
}
