import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { backoffMs } from '../foundation/backoff.ts';
import { messageOf } from '../foundation/errors.ts';
import type { Logger } from '../foundation/logger.ts';
import { processIdentity } from '../foundation/process-identity.ts';
import { pause } from '../foundation/pause.ts';
import { type AmqpChannel, type Delivery, type MessageProperties, UnencodableError } from '../protocol/client/index.ts';
import type { DeadLetterSettlement, EventSubscriber, RetrySettlement } from '../transport/event-transport.ts';
import { TransportClosedError } from '../transport/transport-errors.ts';
import type { ConfirmedCopies } from './confirmed-copies.ts';
import { type RecordSize, writeDeadLetter } from './dead-letter-record.ts';
import { copyProperties, countIn, type EventMarks, readMarks } from './event-marks.ts';
import { longestRetryMs, retryQueue } from './retry-queues.ts';
import { ReturnCounts } from './return-counts.ts';
import { deadLetterQueue, type QueuePlan } from './topology.ts';

/** How long an event is held back whose copy the broker does not take, before it goes back to its queue: longer each time in a row. */
const holdBack = { initialMs: 1000, maxMs: 60_000 };

/** What {@link FailedEvents} works with. */
export interface FailedEventsParts {
  readonly subscriber: EventSubscriber;
  readonly copies: () => ConfirmedCopies;
  readonly logger: Logger;
  /** The queue that is consumed. */
  readonly queue: () => QueuePlan;
  /** Hands an event to its handler once more. */
  readonly again: (channel: AmqpChannel, delivery: Delivery, marks: EventMarks) => void;
}

/** A delivery, and the properties that its copy is to have. */
interface CopyOf {
  readonly channel: AmqpChannel;
  readonly delivery: Delivery;
  readonly properties: MessageProperties;
}

/**
 * What one handler failed on: waits for its next attempt, or becomes a dead letter. Either way a copy is published, and the
 * delivery acknowledged once the broker has that: whatever ends in between, the event is delivered again, marked as such. A copy that
 * the broker does not take holds its delivery back, so that nothing is lost and nothing spins.
 *
 * Events of a queue that goes with this instance wait in the process instead.
 */
export class FailedEvents {
  readonly #parts: FailedEventsParts;
  readonly #abort = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #counts = new ReturnCounts();
  #heldBack = 0;

  constructor(parts: FailedEventsParts) {
    setMaxListeners(0, this.#abort.signal); // each event that waits is one, and there may be many
    this.#parts = parts;
  }

  /**
   * Settles a delivery, and calls `onBuried` once a dead letter of it is safe. `marks` are given where they are not those of the message.
   * Resolves when the broker has been told; nothing to wait for if it waits in this process. Never rejects.
   */
  settle(
    channel: AmqpChannel,
    delivery: Delivery,
    settlement: RetrySettlement | DeadLetterSettlement,
    marks = readMarks(delivery),
    onBuried?: () => void,
  ): Promise<void> | undefined {
    const failed = { ...marks, maybeTwice: marks.maybeTwice || delivery.redelivered };
    if (settlement.kind === 'retry') return this.#retry(channel, delivery, settlement, failed);
    const burying = this.#bury(channel, delivery, settlement, failed);
    if (onBuried) burying.then(onBuried, () => {}); // one that was not buried is given back below
    return this.#follow(channel, delivery, burying);
  }

  /**
   * Whether a delivery that came back must be counted by a copy: its queue does not count, and does not go with this connection. The copy
   * stands at the end of the queue, so those of a handler that keeps an order are not counted, nor where nobody wants to know.
   */
  mustCount({ properties: { headers } }: Delivery): boolean {
    const { oneAtATime, ignoresReturns } = this.#parts.subscriber;
    const { exclusive, arguments: args } = this.#parts.queue().options;
    if (oneAtATime || ignoresReturns || exclusive || args?.['x-queue-type'] === 'quorum') return false;
    return headers?.['x-delivery-count'] === undefined && headers?.['x-acquired-count'] === undefined;
  }

  /** Puts a copy of a delivery that came back at the end of its queue, with one more return. */
  countReturn(channel: AmqpChannel, delivery: Delivery): void {
    const marks = readMarks(delivery);
    const properties = copyProperties(delivery.properties, { ...marks, returns: marks.returns + 1, maybeTwice: true });
    const counting = this.#copy('a copy', this.#parts.queue(), { channel, delivery, properties });
    void this.#follow(channel, delivery, counting);
    this.#counts.follow(counting);
  }

  /** Calls `begin` with a delivery, at once or, if it is one that was counted, when no count is under way. */
  afterCounts(
    channel: AmqpChannel,
    delivery: Delivery,
    begin: (channel: AmqpChannel, delivery: Delivery) => void,
  ): void {
    const counted = this.#counts.settled;
    if (!counted || readMarks(delivery).returns === 0) return begin(channel, delivery);
    const waiting = counted.then(() => {
      if (!channel.isOpen) return;
      if (this.#abort.signal.aborted) this.giveBack(channel, delivery);
      else begin(channel, delivery);
    });
    this.#track(waiting);
  }

  /**
   * Gives back a delivery that its handler does not take any more. To most brokers that is a return like any other, so one that has come
   * back before goes as a copy, whose count stays: else a few restarts would make it one that ends its processes. RabbitMQ 4.3, known
   * by `x-acquired-count`, does not count what is given back by `basic.nack`; by `basic.reject` it does.
   */
  giveBack(channel: AmqpChannel, delivery: Delivery, marks = readMarks(delivery)): void {
    const { headers } = delivery.properties;
    const returns = marks.returns + (countIn(headers, 'x-delivery-count') ?? 0);
    const { reliable, oneAtATime, ignoresReturns } = this.#parts.subscriber;
    const counts = reliable && !oneAtATime && !ignoresReturns && headers?.['x-acquired-count'] === undefined;
    if (returns === 0 || !counts) return channel.nack(delivery.deliveryTag);
    const properties = copyProperties(delivery.properties, { ...marks, returns, maybeTwice: true });
    void this.#follow(channel, delivery, this.#copy('a copy', this.#parts.queue(), { channel, delivery, properties }));
  }

  /** Gives back what waits in this process. */
  stop(): void {
    this.#abort.abort();
  }

  /** Resolves once all copies that are under way are settled; nothing to wait for if there are none. */
  settled(): Promise<unknown> | undefined {
    return this.#underWay.size > 0 ? this.#allSettled() : undefined;
  }

  /** Those that handlers still fail on meanwhile are waited for too. */
  async #allSettled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  #retry(
    channel: AmqpChannel,
    delivery: Delivery,
    { delayMs, counts = true }: RetrySettlement,
    marks: EventMarks,
  ): Promise<void> | undefined {
    const failures = marks.failures + (counts ? 1 : 0);
    const next = { ...marks, failures, firstFailedAt: marks.firstFailedAt ?? Date.now() };
    if (!this.#parts.subscriber.reliable) {
      this.#wait(channel, delivery, delayMs, next);
      return undefined;
    }
    const expiration = String(Math.ceil(Math.min(Math.max(delayMs, 0), longestRetryMs)));
    const properties = { ...copyProperties(delivery.properties, next), expiration };
    const to = retryQueue(this.#parts.queue().queue, delayMs);
    const copying = this.#copy('the retry', to, { channel, delivery, properties });
    const waiting = copying.catch((error: unknown) => {
      if (!(error instanceof UnencodableError)) throw error;
      // Its own headers fill a frame but for what a copy needs besides.
      this.#wait(channel, delivery, delayMs, next);
      return false;
    });
    return this.#follow(channel, delivery, waiting);
  }

  #wait(channel: AmqpChannel, delivery: Delivery, delayMs: number, marks: EventMarks): void {
    const { signal } = this.#abort;
    void pause(Math.min(delayMs, longestRetryMs), signal).then(() => {
      if (!channel.isOpen) return;
      if (signal.aborted) channel.nack(delivery.deliveryTag);
      else this.#parts.again(channel, delivery, marks);
    });
  }

  async #bury(
    channel: AmqpChannel,
    delivery: Delivery,
    { failure, firstFailedAt }: DeadLetterSettlement,
    marks: EventMarks,
  ): Promise<boolean> {
    const { service, method } = this.#parts.subscriber;
    const { queue } = this.#parts.queue();
    const origin = { id: randomUUID(), at: Date.now(), service, method, queue, process: processIdentity() };
    const failed = { ...marks, firstFailedAt: firstFailedAt ?? marks.firstFailedAt };
    const write = (size: RecordSize): Promise<boolean> => {
      const properties = writeDeadLetter(delivery, failed, failure, origin, size);
      return this.#copy('the dead letter', deadLetterQueue, { channel, delivery, properties });
    };
    try {
      return await write('full');
    } catch (error) {
      if (!(error instanceof UnencodableError)) throw error;
      return write('small');
    }
  }

  async #copy(what: string, to: QueuePlan, { channel, delivery, properties }: CopyOf): Promise<true> {
    const { subscriber, copies } = this.#parts;
    const name = `${what} of an event of ${subscriber.service}.${subscriber.method}`;
    await copies().publish({ name, to, properties, body: delivery.body, from: channel });
    return true;
  }

  /** Acknowledges a delivery once its copy is safe; one that is not to be waits in this process. */
  #follow(channel: AmqpChannel, delivery: Delivery, copying: Promise<boolean>): Promise<void> {
    const settling = copying.then(
      (isSafe) => {
        this.#heldBack = 0;
        if (isSafe && channel.isOpen) channel.ack(delivery.deliveryTag);
      },
      (error: unknown) => this.#giveBack(channel, delivery, error),
    );
    this.#track(settling);
    return settling;
  }

  #track(settling: Promise<void>): void {
    this.#underWay.add(settling);
    void settling.then(() => this.#underWay.delete(settling));
  }

  async #giveBack(channel: AmqpChannel, delivery: Delivery, error: unknown): Promise<void> {
    if (channel.isOpen && !(error instanceof TransportClosedError)) {
      const { logger, queue } = this.#parts;
      const waitMs = backoffMs(++this.#heldBack, holdBack);
      logger.error(
        { err: error, queue: queue().queue, messageId: delivery.properties.messageId },
        `${messageOf(error)}; the event goes back to its queue in ${waitMs} ms`,
      );
      await pause(waitMs, this.#abort.signal);
    }
    if (channel.isOpen) channel.nack(delivery.deliveryTag);
  }
}
