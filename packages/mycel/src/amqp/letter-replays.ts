import { deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import {
  type AmqpChannel,
  type Delivery,
  type MessageProperties,
  NackedError,
  UnencodableError,
} from '../protocol/client/index.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import { LetterNotReplayedError } from '../transport/letter-not-replayed-error.ts';
import { copyProperties, readMarks } from './event-marks.ts';

/** So many may wait for their confirms at once. */
const mostUnconfirmed = 32;

/** Puts dead letters back to the queues of the handlers that failed, several under way at once, in the order of the calls. */
export class LetterReplays {
  readonly #channel: AmqpChannel;
  readonly #underWay = new Set<Promise<void>>();
  #lost: { readonly error: unknown } | undefined;

  /** Publishes on `channel`, which confirms. */
  constructor(channel: AmqpChannel) {
    this.#channel = channel;
  }

  /**
   * Puts a letter back, and calls `onEnd` once the broker has confirmed that, or with why the letter has to stay. Resolves when there
   * is room for the next, or the signal aborts. Rejects once the channel is lost.
   */
  async replay(
    letter: DeadLetter,
    delivery: Delivery,
    { signal, onEnd }: { signal: AbortSignal | undefined; onEnd: (problem?: Error) => void },
  ): Promise<void> {
    const work: Promise<void> = this.#publish(letter, delivery).then((problem) => {
      this.#underWay.delete(work);
      onEnd(problem);
    });
    this.#underWay.add(work);
    work.catch((error: unknown) => {
      this.#lost ??= { error };
    });
    if (this.#underWay.size >= mostUnconfirmed) await orAborted(Promise.race(this.#underWay), signal);
    if (this.#lost) throw this.#lost.error;
  }

  /** Waits for what is under way; once the signal aborts no longer than `patienceMs`. False if something still is. */
  async settled(signal: AbortSignal | undefined, patienceMs: number): Promise<boolean> {
    const all = Promise.all(this.#underWay);
    await orAborted(all, signal);
    return endsWithin(all, signal?.aborted ? patienceMs : Infinity);
  }

  async #publish(letter: DeadLetter, delivery: Delivery): Promise<LetterNotReplayedError | undefined> {
    const { queue } = letter;
    if (queue === '')
      return new LetterNotReplayedError('nothing tells which queue it came from; it was not Mycel that put it here');
    try {
      const properties = replayProperties(letter, delivery);
      const { returned } = await this.#channel.publishConfirmed('', queue, delivery.body, properties, {
        mandatory: true,
      });
      return (
        returned &&
        new LetterNotReplayedError(`the queue ${queue} is gone; start a service that has the handler, then replay`)
      );
    } catch (error) {
      if (error instanceof NackedError)
        return new LetterNotReplayedError(`the queue ${queue} takes no more: is it full?`, { cause: error });
      if (error instanceof UnencodableError)
        return new LetterNotReplayedError(`it cannot be written again: ${messageOf(error)}`, { cause: error });
      throw error;
    }
  }
}

function orAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal) return work;
  const aborted = deferred();
  const abort = (): void => aborted.resolve();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** The message as its sender published it, with the counts of failures begun anew. */
function replayProperties(letter: DeadLetter, delivery: Delivery): MessageProperties {
  const marks = readMarks(delivery);
  return copyProperties(delivery.properties, {
    ...marks,
    failures: 0,
    firstFailedAt: undefined,
    returns: 0,
    replayOf: letter.id,
    replays: letter.replays + 1,
    // Whoever had it in hand before may have published it, and ended before it was deleted here.
    maybeTwice: marks.maybeTwice || delivery.redelivered,
  });
}
