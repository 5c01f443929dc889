import { createHash } from 'node:crypto';
import { endsWithin } from '../foundation/long-timer.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { EventTrial } from '../transport/event-transport.ts';
import { AnswerLimit } from './answer-limit.ts';
import { isLoss, refusalIn, topologyError } from './broker-refusal.ts';
import type { ConfirmedCopies } from './confirmed-copies.ts';
import { countIn } from './event-marks.ts';
import { goodbyeMs } from './kept-channel.ts';
import { nameBeside } from './retry-queues.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { endlessReturns, type QueuePlan } from './topology.ts';

/** Says how often the event of a mark has begun. */
const trialsHeader = 'mycel-trials';

/** A handler has one mark in use; others are left of events that never came again, such as those of a queue that was purged. */
const mostMarks = 100;

/** How long a mark may take before its event begins without, in milliseconds. */
const patienceMs = 10_000;

/** What {@link TrialMarks} work with. */
export interface TrialMarksParts {
  /** For people: the handler. */
  readonly name: string;
  /** The queue that is consumed. */
  readonly queue: () => string;
  /** The connection that events come on: it is not held up when the broker takes no messages. */
  readonly connection: SupervisedConnection;
  readonly copies: () => ConfirmedCopies;
}

/**
 * The marks of the events that one handler has begun with and whose end nobody has lived to see: messages in a queue beside that of the
 * handler, one for each beginning. Only the active consumer of a queue writes marks, so they are read once on each of its channels.
 * What is done to them is done one after the other.
 */
export class TrialMarks {
  readonly #parts: TrialMarksParts;
  readonly #limit: AnswerLimit;
  /** How often each event has begun, by its mark. */
  #known = new Map<string, number>();
  /** The channel of the deliveries for which they were read. */
  #readFor: AmqpChannel | undefined;
  #channel: AmqpChannel | undefined;
  #last: Promise<unknown> | undefined;

  constructor(parts: TrialMarksParts) {
    this.#parts = parts;
    this.#limit = new AnswerLimit(parts.connection);
  }

  /** The trial of a delivery that has come back. */
  trialOf(channel: AmqpChannel, delivery: Delivery): EventTrial {
    const id = idOf(delivery);
    let begun: Promise<number> | undefined;
    return {
      begin: () =>
        (begun ??= this.#inTime(
          channel,
          this.#inTurn(() => this.#write(id, channel)),
        )),
      end: () => {
        if (!begun) return;
        begun = undefined;
        this.#inTurn(() => this.#remove(id)).catch(() => {}); // closed for good: the mark counts
      },
    };
  }

  /** Resolves once all marks are written or removed; nothing to wait for if none is on its way. */
  settled(): Promise<unknown> | undefined {
    return this.#last;
  }

  /** Lets go of its channel. Never rejects. */
  async close(): Promise<void> {
    if (this.#channel) await endsWithin(this.#channel.close(), goodbyeMs);
  }

  /**
   * Rejects when nothing is heard of a mark for too long: a quorum queue without a leader answers nothing, and what the handler takes must
   * not wait until somebody holds an election.
   */
  async #inTime(from: AmqpChannel, writing: Promise<number>): Promise<number> {
    while (!(await endsWithin(writing, patienceMs)))
      if (from.isOpen && this.#parts.copies().isWritable)
        throw new Error(
          `the broker has not taken the mark of ${this.#parts.name} for ${patienceMs / 1000} s; see the queue '${this.#plan.queue}'`,
        );
    return writing;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = Promise.resolve(this.#last).then(work);
    const last: Promise<void> = done.then(
      () => this.#leave(last),
      () => this.#leave(last),
    );
    this.#last = last;
    return done;
  }

  #leave(last: Promise<void>): void {
    if (this.#last === last) this.#last = undefined;
  }

  async #write(id: string, from: AmqpChannel): Promise<number> {
    if (this.#readFor !== from) await this.#read();
    this.#readFor = from;
    const before = this.#known.get(id) ?? 0;
    const { copies, name } = this.#parts;
    const headers = { [trialsHeader]: before + 1 };
    const properties = { messageId: id, deliveryMode: 2, headers };
    await copies().publish({ name: `the mark of ${name}`, to: this.#plan, properties, body: new Uint8Array(0), from });
    this.#known.set(id, before + 1);
    return before;
  }

  /** All of them, since others may have written while this process had no channel. */
  #read(): Promise<void> {
    return this.#onChannel(async (channel) => {
      const known = new Map<string, number>();
      await this.#visit(channel, ({ properties: { messageId = '', headers } }) => {
        known.set(messageId, Math.max(known.get(messageId) ?? 0, countIn(headers, trialsHeader) ?? 1));
        return false;
      });
      this.#known = known;
    });
  }

  async #remove(id: string): Promise<void> {
    if (!this.#known.delete(id)) return;
    await this.#onChannel((channel) => this.#visit(channel, ({ properties }) => properties.messageId === id));
  }

  /** Looks at each mark; removes those that are over, and gives the others back. */
  async #visit(channel: AmqpChannel, isOver: (mark: Delivery) => boolean): Promise<void> {
    let lastKept = 0;
    for (let seen = 0; seen < mostMarks; seen++) {
      const mark = await channel.get(this.#plan.queue);
      if (!mark) break;
      if (isOver(mark)) channel.ack(mark.deliveryTag);
      else lastKept = mark.deliveryTag;
    }
    if (lastKept > 0) channel.nack(lastKept, { multiple: true });
  }

  /** Does it on the channel of the marks, on the next one if that is lost. Rejects with a `TopologyError` if the broker refuses. */
  async #onChannel(work: (channel: AmqpChannel) => Promise<void>): Promise<void> {
    for (;;) {
      try {
        this.#channel = this.#channel?.isOpen ? this.#channel : await this.#open();
        return await this.#limit.ask(this.#channel, work(this.#channel));
      } catch (error) {
        if (isLoss(error)) continue;
        const refusal = refusalIn(error);
        throw refusal ? topologyError(`the marks of ${this.#parts.name}`, refusal) : error;
      }
    }
  }

  async #open(): Promise<AmqpChannel> {
    const connection = await this.#parts.connection.whenOpen();
    const channel = await this.#limit.open(connection);
    await this.#limit.ask(channel, declare(channel, this.#plan));
    return channel;
  }

  get #plan(): QueuePlan {
    return suspectsQueue(this.#parts.queue());
  }
}

/** The queue of the marks of a handler. To read them is to have them come back. */
export function suspectsQueue(queue: string): QueuePlan {
  return {
    queue: nameBeside(queue, 'suspects'),
    options: {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': endlessReturns, 'x-max-length': mostMarks },
    },
  };
}

async function declare(channel: AmqpChannel, { queue, options }: QueuePlan): Promise<void> {
  await channel.declareQueue(queue, options);
}

/** What names an event whose sender gave it no id is all that it says. */
function idOf({ properties: { messageId }, exchange, routingKey, body }: Delivery): string {
  if (messageId !== undefined && messageId !== '') return messageId;
  const digest = createHash('sha256').update(`${exchange}\n${routingKey}\n`).update(body).digest('hex');
  return `sha256:${digest}`;
}
