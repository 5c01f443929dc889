import { MycelError } from '../foundation/errors.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import type { DeadLetterTransport, SortOutOptions } from '../transport/dead-letter-transport.ts';

/** No dead letter has the id, or several begin like that. It may have been replayed or dropped meanwhile. */
export class LetterNotFoundError extends MycelError {
  readonly code = 'MYCEL_LETTER_NOT_FOUND';
}

/** How {@link findLetters} and others look. */
export interface LookOptions extends SortOutOptions {
  /** Told of each letter that was looked at. */
  readonly onSeen?: (() => void) | undefined;
}

/**
 * Finds letters by their ids, or by how those begin. Rejects with a `LetterNotFoundError` for a beginning that fits none, or several.
 * Finds nothing once the signal has aborted.
 */
export async function findLetters(
  letters: DeadLetterTransport,
  beginnings: readonly string[],
  { signal, onCount, onSeen }: LookOptions = {},
): Promise<DeadLetter[]> {
  const found = new Map<string, DeadLetter[]>(beginnings.map((beginning) => [beginning, []]));
  const enough = new AbortController();
  const look = (letter: DeadLetter): 'keep' => {
    onSeen?.();
    for (const [beginning, fitting] of found) if (letter.id.startsWith(beginning)) fitting.push(letter);
    if ([...found].every(([id, fitting]) => fitting.some((one) => one.id === id))) enough.abort();
    return 'keep';
  };
  await letters.sortOut(look, { onCount, signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal });
  if (signal?.aborted) return []; // nobody knows whether others begin alike
  return [...found].map(([beginning, fitting]) => only(beginning, fitting));
}

function only(beginning: string, fitting: readonly DeadLetter[]): DeadLetter {
  const exact = fitting.find(({ id }) => id === beginning);
  const [first] = fitting;
  if (exact) return exact;
  if (first === undefined) throw notFound([beginning]);
  if (fitting.length === 1) return first;
  const some = fitting.slice(0, 3).map(({ id }) => id);
  const more = fitting.length > some.length ? ', ...' : '';
  throw new LetterNotFoundError(
    `${fitting.length} dead letters begin with ${beginning} (${some.join(', ')}${more}); write more of the id`,
  );
}

/** Says that there are no such letters. */
export function notFound(ids: readonly string[]): LetterNotFoundError {
  const what =
    ids.length === 1 ? `dead letter ${ids.join()} is not there` : `dead letters ${ids.join(', ')} are not there`;
  return new LetterNotFoundError(
    `${what}: was it replayed or dropped, or does somebody else look at it? mycel dead-letters list shows what there is`,
  );
}
