import type { Content } from '../codec/content-assembler.ts';
import { decodeProperties } from '../codec/frame-decoder.ts';
import type { MessageProperties } from '../codec/message-properties.ts';
import type { BasicCancel, BasicDeliver, BasicReturn } from '../codec/methods/basic.ts';
import type { Method } from '../codec/methods/method.ts';
import { UnexpectedFrameError } from './errors.ts';
import type { Delivery, ReturnedMessage } from './message.ts';
import { UnsettledDeliveries } from './unsettled-deliveries.ts';

/** One consumer of a channel. */
export interface Consumer {
  readonly onDelivery: (delivery: Delivery) => void;
  readonly onCancelled: ((reason: string) => void) | undefined;
  readonly noAck: boolean;
  readonly isRemembered: boolean;
}

/** What the consumers need of their channel. */
interface ConsumersLink {
  readonly send: (method: Method) => void;
  readonly reportError: (error: unknown) => void;
}

/**
 * The consumers of one channel, by tag. What their callbacks throw is reported and goes no further.
 *
 * A message whose properties cannot be decoded is rejected without requeue, so it is dead-lettered or dropped: failing the
 * connection for it would have it redelivered, to fail the next connection too.
 */
export class Consumers {
  readonly unsettled = new UnsettledDeliveries();
  readonly #link: ConsumersLink;
  readonly #consumers = new Map<string, Consumer>();

  constructor(link: ConsumersLink) {
    this.#link = link;
  }

  add(consumerTag: string, consumer: Consumer): void {
    this.#consumers.set(consumerTag, consumer);
  }

  remove(consumerTag: string): void {
    this.#consumers.delete(consumerTag);
  }

  clear(): void {
    this.unsettled.clear();
    this.#consumers.clear();
  }

  /** Hands a message to its consumer. */
  deliver(method: BasicDeliver, content: Content): void {
    const consumer = this.#consumers.get(method.consumerTag);
    try {
      if (!consumer)
        throw new UnexpectedFrameError(`A message came for consumer '${method.consumerTag}', which is unknown`);
      const properties = this.#propertiesOr(content, () => {
        if (!consumer.noAck) this.#link.send({ name: 'basic.reject', deliveryTag: method.deliveryTag, requeue: false });
      });
      if (!properties) return;
      const delivery = toDelivery(method, method.consumerTag, properties, content.body);
      if (consumer.isRemembered) this.unsettled.add(delivery);
      consumer.onDelivery(delivery);
    } catch (error) {
      this.#link.reportError(error);
    }
  }

  /** Makes a delivery of a fetched message. */
  fetched(content: Content, noAck: boolean): Delivery | undefined {
    const { method } = content;
    if (method.name !== 'basic.get-ok') return undefined;
    const properties = this.#propertiesOr(content, () => {
      if (!noAck) this.#link.send({ name: 'basic.reject', deliveryTag: method.deliveryTag, requeue: false });
    });
    return properties && toDelivery(method, '', properties, content.body);
  }

  /** Makes a returned message. The properties were ours, so they can be decoded; if not, there are none. */
  returnedMessage(method: BasicReturn, content: Content): ReturnedMessage {
    return {
      replyCode: method.replyCode,
      replyText: method.replyText,
      exchange: method.exchange,
      routingKey: method.routingKey,
      properties: this.#propertiesOr(content, () => undefined) ?? {},
      body: content.body,
    };
  }

  /** Ends a consumer because the broker did, and tells it. */
  cancelledByBroker({ consumerTag, noWait }: BasicCancel): void {
    if (!noWait) this.#link.send({ name: 'basic.cancel-ok', consumerTag });
    const consumer = this.#consumers.get(consumerTag);
    this.#consumers.delete(consumerTag);
    try {
      consumer?.onCancelled?.(
        'the broker ended the consumer: its queue was deleted, its node went down, or it did not acknowledge in time',
      );
    } catch (error) {
      this.#link.reportError(error);
    }
  }

  #propertiesOr(content: Content, onUndecodable: () => void): MessageProperties | undefined {
    try {
      return decodeProperties(content.rawProperties);
    } catch (error) {
      onUndecodable();
      this.#link.reportError(error);
      return undefined;
    }
  }
}

interface DeliveryMethod {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
}

function toDelivery(
  method: DeliveryMethod,
  consumerTag: string,
  properties: MessageProperties,
  body: Buffer,
): Delivery {
  return {
    deliveryTag: method.deliveryTag,
    redelivered: method.redelivered,
    exchange: method.exchange,
    routingKey: method.routingKey,
    consumerTag,
    properties,
    body,
  };
}
