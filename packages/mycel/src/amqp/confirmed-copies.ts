import { setMaxListeners } from 'node:events';
import { backoffMs } from '../foundation/backoff.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { messageOf } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { Logger } from '../foundation/logger.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import { pause } from '../foundation/pause.ts';
import {
  type AmqpChannel,
  type MessageProperties,
  NackedError,
  type PublishOutcome,
} from '../protocol/client/index.ts';
import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import { withDoubt } from './event-marks.ts';
import { KeptChannel } from './kept-channel.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import type { QueuePlan } from './topology.ts';

/** So often a copy is sent again that the broker may have refused. */
const mostRefusals = 3;

/** When so many wait, those are let go that nobody needs; then when twice as many wait as are left. */
const firstSweep = 64;

/** A copy of a message, for one queue. */
export interface Copy {
  /** For people: `a retry of the event shop.sold`. */
  readonly name: string;
  readonly to: QueuePlan;
  readonly properties: MessageProperties;
  readonly body: Uint8Array;
  /** The channel that the message came on: once it is closed the broker delivers the message again, and nobody needs the copy. */
  readonly from: Pick<AmqpChannel, 'isOpen'>;
}

/** Who waits for a channel to publish on. */
interface Waiter {
  readonly from: Copy['from'];
  readonly channel: Deferred<AmqpChannel | undefined>;
}

/**
 * Publishes copies of messages that are acknowledged once their copies are safe: confirmed, and in their queue, which is declared
 * when it is not there. While the broker is away or takes no messages they wait; a copy of which nobody knows whether the broker had it
 * is sent again, marked as one that may be there twice, unless its message is delivered again anyway.
 */
export class ConfirmedCopies {
  readonly #connection: SupervisedConnection;
  readonly #logger: Logger;
  readonly #channel: KeptChannel;
  readonly #abort = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #declaring = new Map<string, Promise<void>>();
  #waiters: Waiter[] = [];
  /** Ends with the last of those that are sent one by one. */
  #trials: Promise<unknown> = Promise.resolve();
  #sweepAt = firstSweep;

  constructor(connection: SupervisedConnection, logger: Logger) {
    setMaxListeners(0, this.#abort.signal); // each copy that waits is one, and there may be many
    this.#connection = connection;
    this.#logger = logger;
    this.#channel = new KeptChannel(connection, {
      name: 'copies of failed events',
      logger,
      prepare: (channel) => channel.confirmSelect(),
      onWritable: (channel) => {
        for (const waiter of this.#waiters.splice(0)) waiter.channel.resolve(channel);
      },
      onEnded: (error) => {
        this.#abort.abort(error);
        for (const waiter of this.#waiters.splice(0)) waiter.channel.reject(error);
      },
    });
  }

  /** Tells whether there is a channel to publish on. */
  health(): HealthReport {
    return this.#channel.health();
  }

  /** Whether the broker takes copies now. */
  get isWritable(): boolean {
    return this.#channel.writable !== undefined;
  }

  /**
   * Resolves once the broker has the copy in its queue, or nobody needs it any more. Rejects when it cannot be written (`UnencodableError`), when the broker refuses
   * it or its queue (`TopologyError`), and when this is closed.
   */
  publish(copy: Copy): Promise<void> {
    const publishing = this.#publish(copy);
    this.#underWay.add(publishing);
    const forget = (): void => void this.#underWay.delete(publishing);
    publishing.then(forget, forget);
    return publishing;
  }

  /** Waits for what is not confirmed yet, at most so long, then gives it up. The connection is the caller's to close. */
  async close(mostMs: number): Promise<void> {
    if (this.#underWay.size > 0) await endsWithin(Promise.allSettled(this.#underWay), mostMs);
    void this.#channel.close();
  }

  async #publish(copy: Copy): Promise<void> {
    const { name, to } = copy;
    let sent = copy.properties;
    let isSuspect = false;
    for (let [attempt, refusals] = [1, 0]; ; attempt++) {
      try {
        const confirm = await (isSuspect ? this.#sendAlone(copy, sent) : this.#send(copy, sent));
        if (!confirm?.returned) return;
        await this.#declare(to, name);
        if (attempt === 1) continue;
      } catch (error) {
        isSuspect = refusalIn(error) !== undefined;
        if (isSuspect) refusals++;
        if (!isWorthRepeating(error, refusals)) throw failure(name, error);
        // Of a lost connection or channel others tell.
        if (attempt === 1 && !isLoss(error))
          this.#logger.warn({ err: error, queue: to.queue }, `${name}: ${messageOf(error)}; trying again`);
        if (error instanceof NackedError) void this.#channel.renewRefused();
        else sent = withDoubt(sent);
      }
      await pause(backoffMs(attempt), this.#abort.signal);
    }
  }

  /** Sends it once. Resolves with nothing if nobody needs it any more. */
  async #send({ to, body, from }: Copy, properties: MessageProperties): Promise<PublishOutcome | undefined> {
    const channel = await this.#whenWritable(from);
    if (!channel || !from.isOpen) return undefined;
    return channel.publishConfirmed('', to.queue, body, properties, { mandatory: true });
  }

  /** One after the other: the broker closes the channel for the one that it refuses, and with it goes what was sent beside it. */
  #sendAlone(copy: Copy, properties: MessageProperties): Promise<PublishOutcome | undefined> {
    const sending = this.#trials.then(() => this.#send(copy, properties));
    this.#trials = sending.catch(() => {}); // told to who sends it
    return sending;
  }

  /** Nothing for a copy that nobody needs any more. */
  #whenWritable(from: Copy['from']): Promise<AmqpChannel | undefined> {
    const { writable, endError } = this.#channel;
    if (writable) return Promise.resolve(writable);
    if (endError) return Promise.reject(endError);
    this.#dropNeedless();
    const waiter = { from, channel: deferred<AmqpChannel | undefined>() };
    this.#waiters.push(waiter);
    return waiter.channel.promise;
  }

  /** Else those of every channel that is lost would pile up here while the broker takes no messages. */
  #dropNeedless(): void {
    if (this.#waiters.length < this.#sweepAt) return;
    for (const { from, channel } of this.#waiters) if (!from.isOpen) channel.resolve(undefined);
    this.#waiters = this.#waiters.filter(({ from }) => from.isOpen);
    this.#sweepAt = Math.max(firstSweep, this.#waiters.length * 2);
  }

  /** Rejects with a `TopologyError` if the broker refuses. */
  #declare(plan: QueuePlan, name: string): Promise<void> {
    const present = this.#declaring.get(plan.queue);
    if (present) return present;
    const declaring = this.#declareAnew(plan, name).finally(() => this.#declaring.delete(plan.queue));
    this.#declaring.set(plan.queue, declaring);
    return declaring;
  }

  /** On a channel of its own: a refusal closes it. */
  async #declareAnew({ queue, options }: QueuePlan, name: string): Promise<void> {
    for (;;) {
      const connection = await this.#connection.whenOpen();
      try {
        const channel = await connection.openChannel();
        await channel.declareQueue(queue, options);
        void channel.close();
        return;
      } catch (error) {
        if (!isLoss(error)) throw failure(name, error);
      }
    }
  }
}

/** A refusal takes the copies with it that were under way on the same channel: which of them it was for shows only when they are sent anew. */
function isWorthRepeating(error: unknown, refusals: number): boolean {
  if (isLoss(error) || error instanceof NackedError) return true;
  return refusalIn(error) !== undefined && refusals <= mostRefusals;
}

function failure(name: string, error: unknown): unknown {
  const refusal = refusalIn(error);
  return refusal ? topologyError(name, refusal) : error;
}
