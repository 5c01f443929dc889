import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import type { Logger } from '../foundation/logger.ts';
import { pause } from '../foundation/pause.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { EventSubscriber, InboundEvent, Settlement } from '../transport/event-transport.ts';
import type { TopologyName } from './amqp-options.ts';
import { missingExchangeIn } from './broker-refusal.ts';
import type { ConfirmedCopies } from './confirmed-copies.ts';
import type { ConsumptionPlan } from './consumption.ts';
import { type EventMarks, isCopy } from './event-marks.ts';
import { type DeliveryNotes, readEvent } from './event-reading.ts';
import { fenceMs } from './exchange-watch.ts';
import { FailedEvents } from './failed-events.ts';
import type { SupervisedConnection } from './supervised-connection.ts';
import { declareBound, declareTopic, eventExchange, eventQueue, type QueuePlan } from './topology.ts';
import { TrialMarks } from './trial-marks.ts';

/** Handles one event. Must not reject. */
export type EventHandler = (event: InboundEvent) => Promise<Settlement>;

/** What an {@link EventConsumer} works with. */
export interface EventConsumerParts {
  readonly subscriber: EventSubscriber;
  readonly topology: TopologyName;
  readonly handle: EventHandler;
  readonly copies: () => ConfirmedCopies;
  /** The connection that its events come on. */
  readonly connection: SupervisedConnection;
  readonly logger: Logger;
}

/** Turns deliveries of one handler's queue into events, and settlements into what the broker understands. */
export class EventConsumer {
  readonly #parts: EventConsumerParts;
  readonly #failed: FailedEvents;
  /** Of a handler that keeps an order, and whose queue outlives its connection. */
  readonly #trials: TrialMarks | undefined;
  #plan: QueuePlan;
  #wasDeclared = false;
  #isMissing = false;

  constructor(parts: EventConsumerParts) {
    const { subscriber, copies, logger } = parts;
    this.#parts = parts;
    this.#plan = this.#nextPlan();
    this.#failed = new FailedEvents({
      subscriber,
      copies,
      logger,
      queue: () => this.#plan,
      again: (channel, delivery, marks) => this.#start(channel, delivery, marks),
    });
    if (subscriber.oneAtATime && subscriber.reliable) {
      const name = `${subscriber.service}.${subscriber.method}`;
      this.#trials = new TrialMarks({ name, queue: () => this.#plan.queue, connection: parts.connection, copies });
    }
    if (subscriber.oneAtATime && parts.topology === 'nameko')
      logger.warn(
        { queue: this.#plan.queue },
        `${subscriber.service}.${subscriber.method}: its events keep their order only while one instance of the service runs: with the topology nameko the queue cannot say that one is served at a time`,
      );
  }

  /** Plans the consumption of the handler's queue. */
  consumption(): ConsumptionPlan {
    const { subscriber, logger } = this.#parts;
    return {
      name: `${subscriber.service}.${subscriber.method} on ${subscriber.source}.${subscriber.type}`,
      prefetch: subscriber.prefetch,
      keepsQueue: subscriber.oneAtATime,
      logger,
      declare: (channel) => this.#declare(channel),
      exchanges: [this.#exchange],
      bind: (channel, queue) => this.#bind(channel, queue),
      deliver: (channel, delivery) => this.#deliver(channel, delivery),
      handBack: (channel, delivery) => this.#failed.giveBack(channel, delivery),
    };
  }

  /** Gives back what waits in this process for its next attempt. */
  stop(): void {
    this.#failed.stop();
  }

  /**
   * Resolves once the failed events that are on their way elsewhere are settled, and no trial of one that has ended is left noted; nothing
   * to wait for if there are none.
   */
  settled(): Promise<unknown> | undefined {
    const [failed, trials] = [this.#failed.settled(), this.#trials?.settled()];
    return failed ? failed.then(() => this.#trials?.settled()) : trials;
  }

  /** Lets go of what it has besides the consumption. Never rejects. */
  async close(): Promise<void> {
    await this.#trials?.close();
  }

  /** The exchange that its events come from. */
  get #exchange(): string {
    return eventExchange(this.#parts.subscriber.source);
  }

  /** Declares the exchange and the queue. Returns the queue's name. */
  async #declare(channel: AmqpChannel): Promise<string> {
    this.#plan = this.#nextPlan();
    if (this.#wasDeclared) await this.#lookForExchange(channel);
    else await this.#declareExchange(channel);
    this.#wasDeclared = true;
    await declareBound(channel, this.#plan, this.#exchange, this.#parts.subscriber.type);
    return this.#plan.queue;
  }

  /** If it were simply declared, nobody would learn that it was gone, and with it all that was bound to it. */
  async #lookForExchange(channel: AmqpChannel): Promise<void> {
    try {
      await channel.declareExchange(this.#exchange, 'topic', { passive: true });
    } catch (error) {
      // It is restored now, or else by the next declaration.
      if (missingExchangeIn(error) !== undefined) [this.#wasDeclared, this.#isMissing] = [false, true];
      throw error;
    }
  }

  /** One that was found missing only once those who publish to it have heard of that. */
  async #declareExchange(channel: AmqpChannel): Promise<void> {
    if (this.#isMissing) await pause(fenceMs);
    await declareTopic(channel, this.#exchange);
    this.#isMissing = false;
  }

  /** Declares the exchange again, and binds the queue to it. */
  async #bind(channel: AmqpChannel, queue: string): Promise<void> {
    await declareTopic(channel, this.#exchange);
    await channel.bindQueue(queue, this.#exchange, this.#parts.subscriber.type);
  }

  /** Handles one delivery. If its channel is gone by the time it is settled, the broker delivers it again. */
  #deliver(channel: AmqpChannel, delivery: Delivery): void {
    if (delivery.redelivered && this.#failed.mustCount(delivery)) this.#failed.countReturn(channel, delivery);
    else this.#failed.afterCounts(channel, delivery, this.#begin);
  }

  readonly #begin = (channel: AmqpChannel, delivery: Delivery): void => this.#start(channel, delivery);

  /**
   * A broadcast handler's own queue is named as Nameko does, by 32 hexadecimal digits, and anew each time: after a loss the broker may
   * still hold the one before for the dead connection.
   */
  #nextPlan(): QueuePlan {
    return eventQueue(this.#parts.subscriber, this.#parts.topology, randomUUID().replaceAll('-', ''));
  }

  #start(channel: AmqpChannel, delivery: Delivery, marks?: EventMarks): void {
    const { subscriber, handle } = this.#parts;
    const trial = delivery.redelivered ? this.#trials?.trialOf(channel, delivery) : undefined;
    const told = delivery.redelivered || isCopy(delivery.properties) ? deferred() : undefined;
    // A handler that rejects has not done its work: the event goes back.
    const ended = handle(readEvent(subscriber, channel, delivery, { marks, trial, settled: told?.promise })).catch(
      (): Settlement => 'requeue',
    );
    void ended
      .then((settlement) => this.#settle(channel, delivery, settlement, { marks, trial }))
      .then(() => told?.resolve());
  }

  #settle(
    channel: AmqpChannel,
    delivery: Delivery,
    settlement: Settlement,
    { marks, trial }: DeliveryNotes,
  ): Promise<void> | undefined {
    // On a channel that is gone the broker hears nothing, and delivers it again; but it did not end its process.
    if (channel.isOpen) {
      if (settlement === 'ack') channel.ack(delivery.deliveryTag);
      else if (settlement === 'requeue') this.#failed.giveBack(channel, delivery, marks);
      else return this.#failed.settle(channel, delivery, settlement, marks, trial && (() => trial.end()));
    }
    trial?.end();
    return undefined;
  }
}
