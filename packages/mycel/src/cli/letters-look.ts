import { fits } from '../app/letter-filter.ts';
import { findLetters } from '../app/letter-search.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import type { SortedOut } from '../transport/dead-letter-transport.ts';
import { counted, grouped } from './ages.ts';
import { filterOf, type LetterFilterOptions } from './letter-options.ts';
import type { OpenedLetters } from './open-letters.ts';

/** What a look at the letters came to. */
export interface Looked extends SortedOut {
  /** How many were there. */
  readonly count: number;
  /** Not all of them were looked at: the limit was reached, or somebody pressed ctrl-c. */
  readonly isCutShort: boolean;
}

/** Looks at the letters that fit the filters, the oldest first, up to the limit. */
export async function lookAtLetters(
  opened: OpenedLetters,
  options: LetterFilterOptions,
  take: (letter: DeadLetter) => unknown,
): Promise<Looked> {
  const filter = filterOf(options);
  const now = Date.now();
  const enough = new AbortController();
  const looks = looksOf(opened);
  let taken = 0;
  const look = (letter: DeadLetter): 'keep' => {
    if (fits(letter, filter, now)) {
      take(letter);
      taken += 1;
      if (taken === options.limit) enough.abort();
    }
    looks.onSeen();
    return 'keep';
  };
  const signal = AbortSignal.any([opened.signal, enough.signal]);
  const sorted = await opened.letters.sortOut(look, { signal, onCount: looks.onCount });
  opened.progress.clear();
  return { ...sorted, count: looks.count, isCutShort: signal.aborted && looks.seen < looks.count };
}

/** Finds letters by their ids, or by how those begin. Rejects with a `LetterNotFoundError`; finds none after ctrl-c. */
export async function lookForLetters(opened: OpenedLetters, beginnings: readonly string[]): Promise<DeadLetter[]> {
  const { onCount, onSeen } = looksOf(opened);
  const found = await findLetters(opened.letters, beginnings, { signal: opened.signal, onCount, onSeen });
  opened.progress.clear();
  return found;
}

/** Counts the letters that are looked at, and shows how many they are. */
function looksOf({ progress }: OpenedLetters) {
  const looks = {
    count: 0,
    seen: 0,
    onCount: (count: number): void => void (looks.count = count),
    onSeen: (): void =>
      progress.show(++looks.seen, looks.count, () => {
        return `looked at ${grouped(looks.seen)} of ${counted(looks.count, 'dead letter')}`;
      }),
  };
  return looks;
}
