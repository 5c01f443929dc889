import { messageOf } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, AmqpConnection, Delivery } from '../protocol/client/index.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import type { DeadLetterTransport, LetterFate, SortedOut, SortOutOptions } from '../transport/dead-letter-transport.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import { countQueue } from './count-queue.ts';
import { readDeadLetter } from './dead-letter-record.ts';
import { goodbyeMs } from './kept-channel.ts';
import { LetterBrowser } from './letter-browser.ts';
import { LetterReplays } from './letter-replays.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { deadLetterQueue } from './topology.ts';

/** How long a connection that was lost is waited for. */
const reconnectMs = 5000;

/** How long replays that are under way are waited for, once the signal has aborted. */
const patienceMs = 5000;

/** The dead letters of a virtual host: one queue, which is there from the first letter on. */
export class DeadLetterStore implements DeadLetterTransport {
  readonly #reading: SupervisedConnection;
  readonly #publishing: SupervisedConnection;

  /** A connection that publishes may be blocked; the letters are read, and given back, on another one. */
  constructor(reading: SupervisedConnection, publishing: SupervisedConnection) {
    this.#reading = reading;
    this.#publishing = publishing;
  }

  async sortOut(
    decide: (letter: DeadLetter) => LetterFate | Promise<LetterFate>,
    { signal, onCount }: SortOutOptions = {},
  ): Promise<SortedOut> {
    const done = { kept: 0, replayed: 0, dropped: 0, missed: 0, failed: [] };
    try {
      const connection = await reached(this.#reading);
      // Where nothing was ever given up there is no queue.
      const count = (await countQueue(connection, deadLetterQueue.queue))?.messageCount ?? 0;
      onCount?.(count);
      if (count === 0) return done;
      const browser = new LetterBrowser(await connection.openChannel(), deadLetterQueue.queue, count);
      await new Sorting({ browser, publishing: this.#publishing, done, signal }).run(decide);
      return done;
    } catch (error) {
      throw failure(error, done);
    }
  }
}

/** What was done so far. */
interface Tally {
  kept: number;
  replayed: number;
  dropped: number;
  missed: number;
  failed: { letter: DeadLetter; error: Error }[];
}

interface SortingParts {
  readonly browser: LetterBrowser;
  readonly publishing: SupervisedConnection;
  /** Kept up to date. */
  readonly done: Tally;
  readonly signal: AbortSignal | undefined;
}

/** One pass over the letters. */
class Sorting {
  readonly #parts: SortingParts;
  #channel: AmqpChannel | undefined;
  #replays: LetterReplays | undefined;

  constructor(parts: SortingParts) {
    this.#parts = parts;
  }

  async run(decide: (letter: DeadLetter) => LetterFate | Promise<LetterFate>): Promise<void> {
    const { browser, done, signal } = this.#parts;
    try {
      for (let next = await browser.next(signal); next; next = await browser.next(signal)) {
        const letter = readDeadLetter(next);
        await this.#settle(letter, next, await decide(letter));
      }
      if (this.#replays && !(await this.#replays.settled(signal, patienceMs))) throw unconfirmed();
      if (!signal?.aborted) done.missed = browser.missed;
    } finally {
      await browser.close();
      if (this.#channel) await endsWithin(this.#channel.close(), goodbyeMs);
    }
  }

  async #settle(letter: DeadLetter, delivery: Delivery, fate: LetterFate): Promise<void> {
    const { browser, done, signal } = this.#parts;
    if (fate === 'replay') {
      this.#replays ??= await this.#openReplays();
      const onEnd = (problem?: Error): void => this.#replayed(letter, delivery, problem);
      return this.#replays.replay(letter, delivery, { signal, onEnd });
    }
    if (fate === 'drop') browser.remove(delivery);
    else browser.keep(delivery);
    done[fate === 'drop' ? 'dropped' : 'kept'] += 1;
  }

  #replayed(letter: DeadLetter, delivery: Delivery, problem: Error | undefined): void {
    const { browser, done } = this.#parts;
    if (problem) {
      browser.keep(delivery);
      done.failed.push({ letter: { ...letter, body: new Uint8Array(), payload: undefined }, error: problem });
    } else {
      browser.remove(delivery);
      done.replayed += 1;
    }
  }

  async #openReplays(): Promise<LetterReplays> {
    const connection = await reached(this.#parts.publishing);
    this.#channel = await connection.openChannel();
    await this.#channel.confirmSelect();
    return new LetterReplays(this.#channel);
  }
}

function unconfirmed(): DisconnectedError {
  return new DisconnectedError(
    'the broker did not confirm the last replays: it takes no messages, or does not answer; those letters are still there, and a replay of them will be marked as redelivered',
  );
}

async function reached(supervised: SupervisedConnection): Promise<AmqpConnection> {
  const connection = await supervised.openWithin(reconnectMs);
  if (connection) return connection;
  throw new DisconnectedError(`the broker is away: the dead letters were not reached within ${reconnectMs} ms`);
}

function failure(error: unknown, { replayed, dropped }: Tally): unknown {
  const refusal = refusalIn(error);
  if (refusal) return topologyError('dead letters', refusal);
  if (!isLoss(error)) return error;
  const done = `${replayed} were replayed and ${dropped} dropped before`;
  return new DisconnectedError(
    `the connection to the broker was lost while the dead letters were sorted out: ${messageOf(error)}; ${done}, and the rest is still there`,
    { cause: error },
  );
}
