import type { FieldTable } from '../../protocol/codec/index.ts';
import type { BasicCancel, BasicConsume, BasicQos } from '../../protocol/codec/methods/basic.ts';
import { isBoolean, isInteger } from './argument-checks.ts';
import type { ChannelScope } from './channel-scope.ts';
import { Consumer, type ConsumerChannel } from './consumer.ts';
import type { Deliveries } from './deliveries.ts';
import { generateName } from './generated-name.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { QueuedMessage } from './queued-message.ts';
import { accessRefused, describeQueue, notAllowed, notImplemented, preconditionFailed } from './refusals.ts';
import { directReplyTo, ReplyAddress } from './reply-address.ts';

/** The consumers of a channel: by tag, with the prefetch that the next one gets. Open until {@link end}. */
export class ChannelConsumers implements ConsumerChannel {
  readonly id: number;
  readonly connectionId: string;
  readonly #scope: ChannelScope;
  readonly #deliveries: Deliveries;
  readonly #consumers = new Map<string, Consumer>();
  #replyAddress: ReplyAddress | undefined;
  #prefetch = 0;
  #timesWoken = 0;
  #isOpen = true;

  constructor(scope: ChannelScope, deliveries: Deliveries) {
    this.id = scope.id;
    this.connectionId = scope.connection.id;
    this.#scope = scope;
    this.#deliveries = deliveries;
  }

  get count(): number {
    return this.#consumers.size + (this.#replyAddress === undefined ? 0 : 1);
  }

  get prefetch(): number {
    return this.#prefetch;
  }

  /** Where direct replies to the channel go, if it consumes them. */
  get replyAddress(): string | undefined {
    return this.#replyAddress?.name;
  }

  /** `basic.qos`. Without `global` it is for consumers to come, and as in RabbitMQ lifts the limit of the channel. */
  setPrefetch(method: BasicQos): void {
    if (method.prefetchSize !== 0) throw notImplemented(`prefetch_size!=0 (${method.prefetchSize})`);
    if (!method.global) this.#prefetch = method.prefetchCount;
    this.#deliveries.setLimit(method.global ? method.prefetchCount : 0);
    this.#scope.peer.send({ name: 'basic.qos-ok' });
    this.wake();
  }

  /** `basic.consume`; `find` gives the queue that the client means. */
  consume(method: BasicConsume, find: (name: string) => Queue): void {
    const { connection } = this.#scope;
    if (method.queue === directReplyTo) {
      this.#consumeReplies(method);
      return;
    }
    const tag = this.#tagFor(method);
    if (this.count >= connection.maxConsumers) {
      throw notAllowed(`reached maximum (${connection.maxConsumers}) of consumers per channel`);
    }
    connection.vhost.assertRoomForConsumer();
    const queue = find(method.queue);
    this.#assertConsumable(queue, method);
    const priority = Number(method.arguments['x-priority'] ?? 0);
    const options = { tag, noAck: method.noAck, isExclusive: method.exclusive, priority, prefetch: this.#prefetch };
    const consumer = new Consumer(queue, this, options);
    this.#consumers.set(tag, consumer);
    this.#answerConsume(method, tag);
    queue.consume(consumer);
  }

  cancel({ consumerTag, noWait }: BasicCancel): void {
    const consumer = this.#consumers.get(consumerTag);
    if (consumerTag === this.#replyAddress?.consumerTag) this.#endReplies();
    this.#consumers.delete(consumerTag);
    if (!noWait) this.#scope.peer.send({ name: 'basic.cancel-ok', consumerTag });
    consumer?.queue.cancel(consumer);
  }

  canDeliver(): boolean {
    return this.#isOpen && !this.#scope.connection.isPaused && this.#deliveries.hasRoom;
  }

  deliver(consumer: Consumer, message: Message, isRedelivered: boolean, queued: QueuedMessage | undefined): void {
    this.#deliveries.deliver(consumer, message, isRedelivered, queued);
  }

  consumerEnded({ tag }: Consumer): void {
    if (!this.#consumers.delete(tag) || !this.#isOpen) return;
    if (!this.#scope.connection.noticesCancels) return;
    this.#scope.peer.send({ name: 'basic.cancel', consumerTag: tag, noWait: true });
  }

  /** Lets all go on that stopped because the channel or its connection had no room: each time another one first. */
  wake(): void {
    const woken = [...this.#consumers.values()].filter((consumer) => consumer.wake());
    const first = this.#timesWoken++ % Math.max(1, woken.length);
    for (const { queue } of [...woken.slice(first), ...woken.slice(0, first)]) queue.deliver();
  }

  /** Lets nothing through from now on. */
  stop(): void {
    this.#isOpen = false;
  }

  /** Takes all consumers from their queues, which go on without them. */
  end(): void {
    this.#isOpen = false;
    const consumers = [...this.#consumers.values()];
    this.#consumers.clear();
    this.#endReplies();
    for (const consumer of consumers) consumer.queue.cancel(consumer);
  }

  #tagFor({ consumerTag }: BasicConsume): string {
    if (consumerTag === '') return generateName('amq.ctag-');
    if (!this.#consumers.has(consumerTag) && consumerTag !== this.#replyAddress?.consumerTag) return consumerTag;
    throw notAllowed(`attempt to reuse consumer tag '${consumerTag}'`);
  }

  #answerConsume({ noWait }: BasicConsume, consumerTag: string): void {
    if (!noWait) this.#scope.peer.send({ name: 'basic.consume-ok', consumerTag });
  }

  #assertConsumable(queue: Queue, { exclusive, arguments: args }: BasicConsume): void {
    const described = describeQueue(queue.name, this.#scope.connection.vhost.name);
    const { type, isSingleActiveConsumer } = queue.settings;
    assertConsumerArguments(args, described, type);
    if (type === 'quorum' && this.#deliveries.limit > 0)
      throw notImplemented(`${described} does not support global qos`);
    const isTaken = queue.consumers.isExclusive || (exclusive && (queue.consumers.count > 0 || isSingleActiveConsumer));
    if (isTaken) throw accessRefused(`${described} in exclusive use`);
  }

  #consumeReplies(method: BasicConsume): void {
    if (this.#replyAddress !== undefined) throw preconditionFailed('reply consumer already set');
    if (!method.noAck) throw preconditionFailed('reply consumer cannot acknowledge');
    const tag = this.#tagFor(method);
    const address = new ReplyAddress(tag, (message) => {
      this.#deliveries.send(tag, this.#deliveries.nextTag(), message, false);
    });
    this.#replyAddress = address;
    this.#scope.connection.vhost.openReplyAddress(address);
    this.#answerConsume(method, tag);
  }

  #endReplies(): void {
    if (this.#replyAddress === undefined) return;
    this.#scope.connection.vhost.closeReplyAddress(this.#replyAddress);
    this.#replyAddress.close();
    this.#replyAddress = undefined;
  }
}

/** `x-cancel-on-ha-failover` is accepted: there is nothing to fail over to. */
function assertConsumerArguments(args: FieldTable, queue: string, type: string): void {
  for (const [name, value] of Object.entries(args)) {
    const problem = problemWithArgument(name, value, type);
    if (problem !== undefined) throw preconditionFailed(`invalid arg '${name}' for ${queue}${problem}`);
  }
}

function problemWithArgument(name: string, value: FieldTable[string], type: string): string | undefined {
  if (name === 'x-stream-offset') return ` of queue type rabbit_${type}_queue`;
  if (name !== 'x-priority' && name !== 'x-cancel-on-ha-failover') return ': the embedded broker does not support it';
  const problem = name === 'x-priority' ? isInteger(value) : isBoolean(value);
  return problem && `: ${problem}`;
}
