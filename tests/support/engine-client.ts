import { AmqpFault } from '../../packages/mycel/src/broker/engine/amqp-fault.ts';
import type { BrokerEngine } from '../../packages/mycel/src/broker/engine/broker-engine.ts';
import type { EngineChannel } from '../../packages/mycel/src/broker/engine/engine-channel.ts';
import type { EngineConnection } from '../../packages/mycel/src/broker/engine/engine-connection.ts';
import type { Message } from '../../packages/mycel/src/broker/engine/message.ts';
import {
  type ContentMethod,
  type FieldTable,
  type MessageProperties,
  type Method,
  WireWriter,
  writeProperties,
} from '../../packages/mycel/src/protocol/codec/index.ts';
import type { BasicConsume, BasicPublish } from '../../packages/mycel/src/protocol/codec/methods/basic.ts';
import type { QueueDeclare } from '../../packages/mycel/src/protocol/codec/methods/queue.ts';

/** A message as it came to an {@link EngineClient}. */
export interface Received {
  readonly method: ContentMethod;
  readonly message: Message;
}

type ClientOptions = Partial<Pick<Parameters<BrokerEngine['connect']>[0], 'vhost' | 'user' | 'clientProperties'>>;

const consumerCancelNotify = { capabilities: { consumer_cancel_notify: true } };

/** One connection to an engine with one channel, that writes down all it is sent. */
export class EngineClient {
  readonly connection: EngineConnection;
  /** Methods without content on the channel, in order. */
  readonly sent: Method[] = [];
  readonly received: Received[] = [];
  /** What the broker told the connection. */
  readonly told: string[] = [];
  readonly channel: EngineChannel;
  /** Is called for each message. */
  onMessage: (received: Received) => void = () => undefined;
  readonly #writer = new WireWriter();
  #lastChannel = 0;

  constructor(engine: BrokerEngine, options: ClientOptions = {}) {
    this.connection = engine.connect({
      vhost: '/',
      user: 'guest',
      clientProperties: consumerCancelNotify,
      ...options,
      peer: {
        blocked: (reason) => this.told.push(`blocked: ${reason}`),
        unblocked: () => this.told.push('unblocked'),
        closed: (code, text) => this.told.push(`closed: ${code} ${text}`),
      },
    });
    this.channel = this.openChannel();
  }

  /** What came, as text: bodies with an `R` behind those that were redelivered. */
  get bodies(): string[] {
    return this.received.map(({ method, message }) => {
      return `${message.body.toString()}${'redelivered' in method && method.redelivered ? 'R' : ''}`;
    });
  }

  /** Another channel of the connection, written down in the same lists. */
  openChannel(): EngineChannel {
    return this.connection.openChannel(++this.#lastChannel, {
      send: (method) => this.sent.push(method),
      sendMessage: (method, message) => {
        this.received.push({ method, message });
        this.onMessage({ method, message });
      },
    });
  }

  declare(queue: string, args: FieldTable = {}, options: Partial<QueueDeclare> = {}): void {
    this.channel.handle({
      name: 'queue.declare',
      queue,
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: false,
      noWait: false,
      arguments: args,
      ...options,
    });
  }

  publish(queue: string, body: string, properties: MessageProperties = {}, options: Partial<BasicPublish> = {}): void {
    writeProperties(this.#writer, properties);
    this.channel.publish(
      { name: 'basic.publish', exchange: '', routingKey: queue, mandatory: false, immediate: false, ...options },
      { rawProperties: this.#writer.take(), body: Buffer.from(body) },
    );
  }

  consume(queue: string, options: Partial<BasicConsume> = {}, channel: EngineChannel = this.channel): void {
    channel.handle({
      name: 'basic.consume',
      queue,
      consumerTag: '',
      noLocal: false,
      noAck: false,
      exclusive: false,
      noWait: false,
      arguments: {},
      ...options,
    });
  }

  cancel(consumerTag: string): void {
    this.channel.handle({ name: 'basic.cancel', consumerTag, noWait: false });
  }

  /** Fetches one message; undefined when there is none. */
  get(queue: string, noAck = false): Received | undefined {
    const before = this.received.length;
    this.channel.handle({ name: 'basic.get', queue, noAck });
    return this.received[before];
  }

  ack(deliveryTag: number, multiple = false): void {
    this.channel.handle({ name: 'basic.ack', deliveryTag, multiple });
  }

  nack(deliveryTag: number, requeue = true, multiple = false): void {
    this.channel.handle({ name: 'basic.nack', deliveryTag, multiple, requeue });
  }

  qos(prefetchCount: number, global = false): void {
    this.channel.handle({ name: 'basic.qos', prefetchSize: 0, prefetchCount, global });
  }

  /** Counts the ready messages of a queue, as its declaration does. */
  count(queue: string): number {
    this.declare(queue, {}, { passive: true });
    const answer = this.sent.pop();
    return answer?.name === 'queue.declare-ok' ? answer.messageCount : Number.NaN;
  }
}

/** The fault that something ends with: `404 NOT_FOUND - no queue 'q' in vhost '/'`, and what ends. */
export function faultOf(work: () => void): string {
  try {
    work();
  } catch (error) {
    if (error instanceof AmqpFault) return `${error.scope}: ${error.replyCode} ${error.replyText}`;
    throw error;
  }
  return 'none';
}
