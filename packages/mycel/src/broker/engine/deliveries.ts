import type { BasicAck, BasicGet, BasicNack, BasicReject } from '../../protocol/codec/methods/basic.ts';
import type { ChannelScope } from './channel-scope.ts';
import type { Consumer } from './consumer.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { QueuedMessage } from './queued-message.ts';
import { describeQueue, notImplemented, preconditionFailed, resourceLocked } from './refusals.ts';
import { UnsettledMessages } from './unsettled-messages.ts';

/** What becomes of messages that were delivered; they return when the client has gone. */
type Outcome = 'acknowledge' | 'reject' | 'requeue' | 'return';

interface Settlement {
  readonly outcome: Outcome;
  readonly messages: readonly QueuedMessage[];
}

/** What a channel delivers, and what becomes of it: delivery tags, the limit of the channel, settlement. */
export class Deliveries {
  readonly #scope: ChannelScope;
  readonly #onRoom: () => void;
  readonly #unsettled = new UnsettledMessages();
  #lastTag = 0;
  /** 0 is none. */
  #limit = 0;
  /** What consumers have not settled. */
  #taken = 0;
  /** What was fetched and is not settled. */
  #fetched = 0;
  #fetchedBeforeLimit = 0;
  #uncommitted: Settlement[] | undefined;

  /** `onRoom` is called when the limit of the channel was reached and is not any more: consumers may go on. */
  constructor(scope: ChannelScope, onRoom: () => void) {
    this.#scope = scope;
    this.#onRoom = onRoom;
  }

  get unsettledCount(): number {
    return this.#unsettled.count;
  }

  /** The limit for all consumers of the channel together; 0 is none. */
  get limit(): number {
    return this.#limit;
  }

  get hasRoom(): boolean {
    return this.#limit === 0 || this.#taken + this.#fetchedBeforeLimit < this.#limit;
  }

  /**
   * `basic.qos` with `global`. As in RabbitMQ what is fetched and unsettled when a limit is set counts while there is one.
   * Consumers that have room now are not told.
   */
  setLimit(limit: number): void {
    if (this.#limit === 0) this.#fetchedBeforeLimit = this.#fetched;
    this.#limit = limit;
  }

  /** Sends a message to a consumer. */
  deliver(consumer: Consumer, message: Message, isRedelivered: boolean, queued: QueuedMessage | undefined): void {
    const deliveryTag = this.nextTag();
    if (queued !== undefined) {
      queued.deliveryTag = deliveryTag;
      this.#unsettled.add(queued);
      this.#taken++;
    }
    this.send(consumer.tag, deliveryTag, message, isRedelivered);
  }

  send(consumerTag: string, deliveryTag: number, message: Message, isRedelivered: boolean): void {
    const { exchange, routingKey } = message;
    this.#scope.connection.totals.delivered++;
    this.#scope.peer.sendMessage(
      { name: 'basic.deliver', consumerTag, deliveryTag, redelivered: isRedelivered, exchange, routingKey },
      message,
    );
  }

  nextTag(): number {
    return ++this.#lastTag;
  }

  fetch({ noAck }: BasicGet, queue: Queue): void {
    assertFetchable(queue, this.#scope.connection.vhost.name);
    const queued = queue.fetch(noAck);
    if (queued === undefined) {
      this.#scope.peer.send({ name: 'basic.get-empty' });
      return;
    }
    queued.deliveryTag = this.nextTag();
    if (!noAck) {
      this.#unsettled.add(queued);
      this.#fetched++;
    }
    const message = queue.appearanceOf(queued, true);
    this.#scope.connection.totals.delivered++;
    this.#scope.peer.sendMessage(
      {
        name: 'basic.get-ok',
        deliveryTag: queued.deliveryTag,
        redelivered: queued.isRedelivered,
        exchange: message.exchange,
        routingKey: message.routingKey,
        messageCount: queue.countReady(),
      },
      message,
    );
  }

  acknowledge({ deliveryTag, multiple }: BasicAck): void {
    this.#settleTagged(deliveryTag, multiple, 'acknowledge');
  }

  /** `basic.reject` and `basic.nack`. */
  refuse(method: BasicReject | BasicNack): void {
    const multiple = method.name === 'basic.nack' && method.multiple;
    this.#settleTagged(method.deliveryTag, multiple, method.requeue ? 'requeue' : 'reject');
  }

  /** `basic.recover`: requeues all. What a transaction has settled stays so. */
  recover(requeue: boolean): void {
    if (!requeue) throw notImplemented('requeue=false');
    this.#settle(this.#unsettled.takeAll(), 'requeue');
  }

  /** From now on nothing is settled before {@link commit}. */
  selectTransaction(): void {
    this.#uncommitted ??= [];
  }

  commit(): void {
    const settlements = this.#uncommitted ?? [];
    this.#uncommitted = [];
    for (const { messages, outcome } of settlements) this.#settle(messages, outcome);
  }

  /** Forgets what was settled since the last commit: it is unsettled again. */
  rollback(): void {
    const settlements = this.#uncommitted ?? [];
    this.#uncommitted = [];
    this.#unsettled.restore(settlements.flatMap(({ messages }) => messages));
  }

  /** Takes what is not settled back into the queues, which deliver nothing yet. Gives it, so that they can be told to. */
  takeBackAll(): QueuedMessage[] {
    if (this.#uncommitted !== undefined) this.rollback();
    const messages = this.#unsettled.takeAll();
    for (const message of messages) this.#settleOne(message, 'return');
    return messages;
  }

  #settleTagged(tag: number, multiple: boolean, outcome: Outcome): void {
    if (!multiple && this.#uncommitted === undefined) {
      const message = this.#unsettled.take(tag);
      if (message === undefined) throw unknownTag(tag);
      const { taker, source } = message;
      const hadRoom = this.hasRoom;
      this.#settleOne(message, outcome);
      if (!hadRoom && this.hasRoom) this.#onRoom();
      if ((hadRoom && taker?.wake()) || outcome === 'requeue') source.deliver();
      return;
    }
    const messages = this.#take(tag, multiple);
    if (this.#uncommitted === undefined) this.#settle(messages, outcome);
    else this.#uncommitted.push({ messages, outcome });
  }

  #take(tag: number, multiple: boolean): QueuedMessage[] {
    if (multiple && tag === 0) return this.#unsettled.takeAll();
    if (multiple) {
      const messages = this.#unsettled.takeUpTo(tag);
      if (messages !== undefined) return messages;
    } else {
      const message = this.#unsettled.take(tag);
      if (message !== undefined) return [message];
    }
    throw unknownTag(tag);
  }

  /**
   * All go back before anything is delivered again, so that their order is kept. Where the channel was full, the room is for
   * whose turn it is among its consumers, not for those who made it.
   */
  #settle(messages: readonly QueuedMessage[], outcome: Outcome): void {
    const hadRoom = this.hasRoom;
    const takers = messages.map(({ taker }) => taker);
    for (const message of messages) this.#settleOne(message, outcome);
    if (hadRoom) for (const taker of takers) taker?.wake();
    else if (this.hasRoom) this.#onRoom();
    for (const { source } of messages) source.deliver();
  }

  #settleOne(message: QueuedMessage, outcome: Outcome): void {
    const { source, taker } = message;
    if (taker === undefined) {
      this.#fetched--;
    } else {
      taker.settled();
      this.#taken--;
    }
    if (outcome === 'acknowledge') {
      this.#scope.connection.totals.acknowledged++;
      source.acknowledge(message);
    } else if (outcome === 'reject') {
      source.reject(message);
    } else {
      this.#scope.connection.totals.requeued++;
      source.takeBack(message, outcome === 'requeue');
    }
  }
}

function assertFetchable({ name, settings }: Queue, vhost: string): void {
  if (settings.type !== 'quorum' || !settings.isSingleActiveConsumer) return;
  const why = 'basic.get operations are not supported by quorum queues with single active consumer';
  throw resourceLocked(`cannot obtain access to locked ${describeQueue(name, vhost)}. ${why}`);
}

function unknownTag(tag: number): Error {
  return preconditionFailed(`unknown delivery tag ${tag}`);
}
