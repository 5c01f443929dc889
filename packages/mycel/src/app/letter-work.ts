import type { DeadLetter } from '../transport/dead-letter.ts';
import type { DeadLetterTransport, LetterFate, SortedOut } from '../transport/dead-letter-transport.ts';
import type { Pace } from './pace.ts';

/** What is to be done with which dead letters. */
export interface LetterWork {
  readonly fate: Exclude<LetterFate, 'keep'>;
  readonly isMeant: (letter: DeadLetter) => boolean;
  /** At most so many. */
  readonly limit?: number | undefined;
  readonly pace?: Pace | undefined;
  /** Ends the work after the letter in hand. */
  readonly signal: AbortSignal;
  readonly onCount?: ((count: number) => void) | undefined;
  /** Told of each letter, when it was decided: how many were looked at, and how many of them are taken. */
  readonly onProgress?: ((seen: number, taken: number) => void) | undefined;
}

/** Replays or drops dead letters, oldest first. */
export async function workOn(letters: DeadLetterTransport, work: LetterWork): Promise<SortedOut> {
  const { fate, isMeant, limit = Infinity, pace, signal, onCount, onProgress } = work;
  const enough = new AbortController();
  let seen = 0;
  let taken = 0;
  const decide = async (letter: DeadLetter): Promise<LetterFate> => {
    const isTaken = isMeant(letter);
    if (isTaken) await pace?.turn(signal);
    if (isTaken && !signal.aborted) taken += 1;
    if (taken >= limit) enough.abort();
    onProgress?.(++seen, taken);
    return isTaken && !signal.aborted ? fate : 'keep';
  };
  return letters.sortOut(decide, { onCount, signal: AbortSignal.any([signal, enough.signal]) });
}
