import { endsWithin } from '../foundation/long-timer.ts';
import { type AmqpChannel, type AmqpConnection, ChannelClosedError } from '../protocol/client/index.ts';
import type { SupervisedConnection } from './supervised-connection.ts';

/** Longer than a broker takes that starts with all its queues. */
const firstMs = 20_000;
const mostMs = 600_000;

/**
 * How long a broker may leave a channel without an answer before it is given up: twice as long after each time. So a request is
 * nearly always under way, for the moment it is answered again, and few channels pile up that the broker cannot even close.
 */
export class AnswerLimit {
  readonly #connection: SupervisedConnection;
  #silences = 0;

  constructor(connection: SupervisedConnection) {
    this.#connection = connection;
  }

  /** Opens a channel. Rejects with a `ChannelClosedError` when the broker says nothing. */
  async open(connection: AmqpConnection): Promise<AmqpChannel> {
    const opening = connection.openChannel();
    const tookMs = await this.#silence(opening);
    if (tookMs === undefined) return opening;
    opening.then(
      (channel) => channel.close(),
      () => {},
    );
    throw silenceError('channel.open', tookMs);
  }

  /** Awaits what is asked on a channel. When it is not answered, gives the channel up and rejects with a `ChannelClosedError`. */
  async ask(channel: AmqpChannel, work: Promise<void>): Promise<void> {
    const tookMs = await this.#silence(work);
    if (tookMs === undefined) {
      this.#silences = 0;
      return;
    }
    const error = silenceError(awaitedBy(channel) ?? 'what it was asked', tookMs);
    channel.giveUp(error);
    throw error;
  }

  /** How long nothing was said; `undefined` when it was. A broker that is short of memory or disk does not read, and has told so. */
  async #silence(work: Promise<unknown>): Promise<number | undefined> {
    const ms = Math.min(firstMs * 2 ** this.#silences, mostMs);
    while (!(await endsWithin(work, ms)))
      if (this.#connection.blocked === undefined) {
        this.#silences++;
        return ms;
      }
    return undefined;
  }
}

/** For people: what a channel has asked the broker, and is still to be answered. */
export function awaitedBy({ awaited }: AmqpChannel): string | undefined {
  if (!awaited) return undefined;
  if ('queue' in awaited) return `${awaited.name} of queue '${awaited.queue}'`;
  if ('exchange' in awaited) return `${awaited.name} of exchange '${awaited.exchange}'`;
  return awaited.name;
}

function silenceError(step: string, ms: number): ChannelClosedError {
  return new ChannelClosedError(
    `it has not answered ${step} for ${ms / 1000} s; if that goes on, see its log: a quorum queue without a leader ('rabbitmq-queues quorum_status' says so) answers nothing until there is an election`,
  );
}
