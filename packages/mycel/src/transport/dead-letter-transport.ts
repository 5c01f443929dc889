import type { DeadLetter } from './dead-letter.ts';

/** What is to become of a dead letter: it stays, it is put back to the handler that failed, or it is deleted. */
export type LetterFate = 'keep' | 'replay' | 'drop';

/** Reads dead letters, puts them back and deletes them. A transport may do without. */
export interface DeadLetterTransport {
  /**
   * Shows the letters that are there now, oldest first, and does with each what `decide` says, one after the other. One that is put
   * back goes to the queue of the handler that failed, and to no other; it is deleted once the broker has confirmed that. Letters that
   * stay cannot be seen by others until this is over. Ends early when the signal aborts.
   *
   * Rejects with a `TransportError` when the broker is lost: what was not decided yet is still there then, and a letter that was being put back may be
   * there although its handler has it, marked as `redelivered`.
   */
  sortOut(
    decide: (letter: DeadLetter) => LetterFate | Promise<LetterFate>,
    options?: SortOutOptions,
  ): Promise<SortedOut>;
}

export interface SortOutOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once, before the first letter: how many there are. */
  readonly onCount?: ((count: number) => void) | undefined;
}

/** What was done. */
export interface SortedOut {
  readonly kept: number;
  readonly replayed: number;
  readonly dropped: number;
  /** Letters that were there and never came: somebody else had them in hand. */
  readonly missed: number;
  /**
   * Letters that could not be put back, and stay: the queue of their handler is gone, or it takes no more
   * (`LetterNotReplayedError`). They are told without their bodies and payloads, since there may be many.
   */
  readonly failed: readonly { readonly letter: DeadLetter; readonly error: Error }[];
}
