import { UsageError } from '../../foundation/errors.ts';
import type { AmqpError } from '../codec/amqp-error.ts';
import type { FieldTable } from '../codec/field-value.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicPublish } from '../codec/methods/basic.ts';
import type { Method } from '../codec/methods/method.ts';
import type {
  ChannelClosed,
  ConsumeOptions,
  DeleteQueueOptions,
  ExchangeOptions,
  GetOptions,
  NackOptions,
  QosOptions,
  QueueInfo,
  QueueOptions,
} from './channel-options.ts';
import type { ChannelSession } from './channel-session.ts';
import type { AwaitedConfirm } from './confirm-ledger.ts';
import type { Delivery, PublishOptions, PublishOutcome, ReturnedMessage } from './message.ts';
import type { UnsettledDeliveries } from './unsettled-deliveries.ts';

const NOT_CONFIRMING =
  'publishConfirmed() needs a channel that confirms: await channel.confirmSelect() once after opening it';

type Reply<N extends Method['name']> = Extract<Method, { name: N }>;

/**
 * One channel: a conversation with the broker on a shared connection, with its own consumers, acknowledgements and
 * confirms. Opened by `AmqpConnection.openChannel`, closed by `close()`, by the broker on an error, or with the connection.
 *
 * Requests (everything that gives a promise, but for `publishConfirmed`) are answered in the order of the calls. A request
 * the broker refuses closes the channel: that request rejects with `AmqpServerError`, all others with
 * `ChannelClosedError`. Methods without a promise throw `ChannelClosedError` or `ConnectionClosedError` once it is closed.
 */
export class AmqpChannel {
  readonly #session: ChannelSession;

  /** Channels come from `AmqpConnection.openChannel`. */
  constructor(session: ChannelSession) {
    this.#session = session;
  }

  /** Its number on the connection; free for another channel once this one is closed. */
  get id(): number {
    return this.#session.id;
  }

  /** Resolves, and never rejects, once the channel is closed. */
  get closed(): Promise<ChannelClosed> {
    return this.#session.closed;
  }

  get isOpen(): boolean {
    return this.#session.state === 'open';
  }

  /** The request that the broker has not answered yet. */
  get awaited(): Method | undefined {
    return this.#session.awaited;
  }

  /** How many publishes the broker has neither confirmed nor refused yet, on a channel that confirms. */
  get unconfirmed(): number {
    return this.#session.unconfirmed;
  }

  /** What its consumers were given and have not settled yet. */
  get unsettled(): Pick<UnsettledDeliveries, 'lastTag' | 'upTo'> {
    return this.#session.consumers.unsettled;
  }

  /** False while the broker asks for a pause by `channel.flow`. Publishing is still taken: heeding it is the caller's. */
  get flowing(): boolean {
    return this.#session.isFlowing;
  }

  /** Called with each message sent back that no `publishConfirmed` waits for. */
  get onReturn(): ((message: ReturnedMessage) => void) | undefined {
    return this.#session.onReturn;
  }

  set onReturn(callback: ((message: ReturnedMessage) => void) | undefined) {
    this.#session.onReturn = callback;
  }

  async declareExchange(name: string, type: string, options: ExchangeOptions = {}): Promise<void> {
    const method: Reply<'exchange.declare'> = {
      name: 'exchange.declare',
      exchange: name,
      type,
      passive: options.passive ?? false,
      durable: options.durable ?? false,
      autoDelete: options.autoDelete ?? false,
      internal: options.internal ?? false,
      noWait: false,
      arguments: options.arguments ?? {},
    };
    await this.request(method, 'exchange.declare-ok');
  }

  /** Deletes an exchange; without complaint when there is none. `ifUnused` refuses (406) while it has bindings. */
  async deleteExchange(name: string, options: { readonly ifUnused?: boolean } = {}): Promise<void> {
    const ifUnused = options.ifUnused ?? false;
    await this.request({ name: 'exchange.delete', exchange: name, ifUnused, noWait: false }, 'exchange.delete-ok');
  }

  /** Routes what reaches `source` with a matching key on to `destination`. */
  async bindExchange(destination: string, source: string, routingKey: string, args: FieldTable = {}): Promise<void> {
    const binding = { destination, source, routingKey, noWait: false, arguments: args };
    await this.request({ name: 'exchange.bind', ...binding }, 'exchange.bind-ok');
  }

  async unbindExchange(destination: string, source: string, routingKey: string, args: FieldTable = {}): Promise<void> {
    const binding = { destination, source, routingKey, noWait: false, arguments: args };
    await this.request({ name: 'exchange.unbind', ...binding }, 'exchange.unbind-ok');
  }

  /** Declares a queue; the name `''` lets the broker choose one. */
  async declareQueue(name: string, options: QueueOptions = {}): Promise<QueueInfo> {
    const method: Reply<'queue.declare'> = {
      name: 'queue.declare',
      queue: name,
      passive: options.passive ?? false,
      durable: options.durable ?? false,
      exclusive: options.exclusive ?? false,
      autoDelete: options.autoDelete ?? false,
      noWait: false,
      arguments: options.arguments ?? {},
    };
    const { queue, messageCount, consumerCount } = await this.request(method, 'queue.declare-ok');
    return { queue, messageCount, consumerCount };
  }

  async bindQueue(queue: string, exchange: string, routingKey: string, args: FieldTable = {}): Promise<void> {
    const binding = { queue, exchange, routingKey, noWait: false, arguments: args };
    await this.request({ name: 'queue.bind', ...binding }, 'queue.bind-ok');
  }

  async unbindQueue(queue: string, exchange: string, routingKey: string, args: FieldTable = {}): Promise<void> {
    await this.request({ name: 'queue.unbind', queue, exchange, routingKey, arguments: args }, 'queue.unbind-ok');
  }

  /** Drops the messages that are ready for delivery, and says how many. */
  async purgeQueue(queue: string): Promise<{ messageCount: number }> {
    const { messageCount } = await this.request({ name: 'queue.purge', queue, noWait: false }, 'queue.purge-ok');
    return { messageCount };
  }

  /** Deletes a queue with its messages, and says how many; without complaint when there is none. */
  async deleteQueue(queue: string, options: DeleteQueueOptions = {}): Promise<{ messageCount: number }> {
    const { ifUnused = false, ifEmpty = false } = options;
    const method = { name: 'queue.delete', queue, ifUnused, ifEmpty, noWait: false } as const;
    const { messageCount } = await this.request(method, 'queue.delete-ok');
    return { messageCount };
  }

  /** Limits how many deliveries may be unacknowledged; 0 is no limit. Consumers that already run keep theirs. */
  async qos(prefetchCount: number, options: QosOptions = {}): Promise<void> {
    const { global = false, prefetchSize = 0 } = options;
    await this.request({ name: 'basic.qos', prefetchSize, prefetchCount, global }, 'basic.qos-ok');
  }

  /** Has every later publish on this channel confirmed by the broker. */
  async confirmSelect(): Promise<void> {
    await this.request({ name: 'confirm.select', noWait: false }, 'confirm.select-ok');
  }

  /**
   * Sends a message, with this turn of the event loop. Nothing tells whether it arrived. It copies the body, so the
   * memory may be reused. Throws `UnencodableError`, before anything is sent, for properties that have no form on the wire.
   * There is no limit to what is buffered: heed `AmqpConnection.writableLength`.
   */
  publish(
    exchange: string,
    routingKey: string,
    body: Uint8Array | string,
    properties: MessageProperties = {},
    options: PublishOptions = {},
  ): void {
    const method = publishMethod(exchange, routingKey, options);
    const awaited = this.#session.isConfirming ? awaitedConfirm(method, properties) : undefined;
    this.#session.publish(method, properties, bytesOf(body), awaited);
  }

  /**
   * Sends a message and resolves when the broker took charge of it. Needs {@link confirmSelect}. Many may be under way
   * at once. A mandatory message without a queue resolves too, with `returned`. Rejects with `NackedError` when the broker
   * declined, with `ChannelClosedError` or `ConnectionClosedError` when nobody knows, with `UnencodableError` at once.
   */
  publishConfirmed(
    exchange: string,
    routingKey: string,
    body: Uint8Array | string,
    properties: MessageProperties = {},
    options: PublishOptions = {},
  ): Promise<PublishOutcome> {
    return new Promise((resolve, reject) => {
      if (!this.#session.isConfirming && this.isOpen) throw new UsageError(NOT_CONFIRMING);
      const method = publishMethod(exchange, routingKey, options);
      this.#session.publish(method, properties, bytesOf(body), awaitedConfirm(method, properties, resolve, reject));
    });
  }

  /**
   * Starts a consumer. `onDelivery` is called for each message, in order, while frames are being read: it should start
   * work, not do it. What it throws goes to the connection's `onError`; the message stays unacknowledged.
   */
  async consume(
    queue: string,
    onDelivery: (delivery: Delivery) => void,
    options: ConsumeOptions = {},
  ): Promise<{ consumerTag: string }> {
    const { noAck = false, exclusive = false, consumerTag = '', isRemembered = true, onCancelled } = options;
    const method: Reply<'basic.consume'> = {
      name: 'basic.consume',
      queue,
      consumerTag,
      noLocal: false,
      noAck,
      exclusive,
      noWait: false,
      arguments: options.arguments ?? {},
    };
    // Registered while the answer is read: a delivery may be right behind it.
    return this.#session.request(method, (reply) => {
      if (reply.name !== 'basic.consume-ok') return undefined;
      this.#session.consumers.add(reply.consumerTag, {
        onDelivery,
        onCancelled,
        noAck,
        isRemembered: isRemembered && !noAck,
      });
      return { consumerTag: reply.consumerTag };
    });
  }

  /** Ends a consumer. Deliveries that are under way still reach it until this resolves; none after. */
  async cancel(consumerTag: string): Promise<void> {
    await this.#session.request({ name: 'basic.cancel', consumerTag, noWait: false }, (reply) => {
      if (reply.name !== 'basic.cancel-ok') return undefined;
      this.#session.consumers.remove(consumerTag);
      return true;
    });
  }

  /** Fetches one message; undefined when the queue is empty. */
  async get(queue: string, options: GetOptions = {}): Promise<Delivery | undefined> {
    const { noAck = false } = options;
    const { delivery } = await this.#session.request<{ delivery: Delivery | undefined }>(
      { name: 'basic.get', queue, noAck },
      (reply, content) => {
        if (reply.name === 'basic.get-empty') return { delivery: undefined };
        return content && { delivery: this.#session.consumers.fetched(content, noAck) };
      },
    );
    return delivery;
  }

  /** Acknowledges one delivery, or with `multiple` all up to it. An unknown tag closes the channel (406). */
  ack(deliveryTag: number, multiple = false): void {
    this.#session.send({ name: 'basic.ack', deliveryTag, multiple });
    this.#session.consumers.unsettled.settle(deliveryTag, multiple);
  }

  /** Refuses one delivery, or with `multiple` all up to it. */
  nack(deliveryTag: number, options: NackOptions = {}): void {
    const { multiple = false, requeue = true } = options;
    this.#session.send({ name: 'basic.nack', deliveryTag, multiple, requeue });
    this.#session.consumers.unsettled.settle(deliveryTag, multiple);
  }

  /** Refuses one delivery: back to the queue, or dropped or dead-lettered. */
  reject(deliveryTag: number, requeue: boolean): void {
    this.#session.send({ name: 'basic.reject', deliveryTag, requeue });
    this.#session.consumers.unsettled.settle(deliveryTag, false);
  }

  /** Has everything unacknowledged on this channel delivered again. RabbitMQ knows only `requeue: true`. */
  async recover(requeue: boolean): Promise<void> {
    await this.request({ name: 'basic.recover', requeue }, 'basic.recover-ok');
  }

  /** Sends any request of the protocol, in its turn, and gives the answer: for what has no method here (`tx.select`, `channel.flow`). */
  request<N extends Method['name']>(method: Method, replyName: N): Promise<Reply<N>> {
    // The name tells the member of the union apart.
    return this.#session.request(method, (reply) => (reply.name === replyName ? (reply as Reply<N>) : undefined));
  }

  /** Sends a method that the broker does not answer: one with `noWait`, `basic.recover-async`. */
  send(method: Method): void {
    this.#session.send(method);
  }

  /**
   * Closes the channel once the requests before are answered; the broker requeues what is unacknowledged. Confirms that
   * have not come by then reject. Idempotent; never rejects.
   */
  close(): Promise<void> {
    return this.#session.close();
  }

  /**
   * Waits no longer for a broker that does not answer: what was asked rejects with this error, nothing more can be asked. Should the
   * answer come after all, the channel is closed then; until that its number is taken.
   */
  giveUp(error: AmqpError): void {
    this.#session.giveUp(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function publishMethod(
  exchange: string,
  routingKey: string,
  { mandatory = false, immediate = false }: PublishOptions,
): BasicPublish {
  return { name: 'basic.publish', exchange, routingKey, mandatory, immediate };
}

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

function awaitedConfirm(
  { exchange, routingKey, mandatory }: BasicPublish,
  { correlationId, messageId }: MessageProperties,
  resolve?: AwaitedConfirm['resolve'],
  reject?: AwaitedConfirm['reject'],
): AwaitedConfirm {
  return {
    exchange,
    routingKey,
    correlationId,
    messageId,
    isMandatory: mandatory,
    resolve,
    reject,
    returned: undefined,
  };
}
