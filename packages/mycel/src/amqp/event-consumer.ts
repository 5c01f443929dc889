import { randomUUID } from 'node:crypto';
import { messageOf } from '../foundation/errors.ts';
import type { AmqpChannel, Delivery } from '../protocol/client/index.ts';
import type { EventSubscriber, InboundEvent, Settlement } from '../transport/event-transport.ts';
import { decodePayload } from '../transport/payload.ts';
import type { TopologyName } from './amqp-options.ts';
import { payloadSource, readContext } from './message-headers.ts';
import { declareBound, declareTopic, eventExchange, eventQueue } from './topology.ts';

/** Handles one event. Must not reject. */
export type EventHandler = (event: InboundEvent) => Promise<Settlement>;

/** Turns deliveries of one handler's queue into events, and settlements into acknowledgements. */
export class EventConsumer {
  readonly #subscriber: EventSubscriber;
  readonly #topology: TopologyName;
  readonly #handle: EventHandler;

  constructor(subscriber: EventSubscriber, topology: TopologyName, handle: EventHandler) {
    this.#subscriber = subscriber;
    this.#topology = topology;
    this.#handle = handle;
  }

  /** Declares the exchange and the queue. Returns the queue's name. */
  async declare(channel: AmqpChannel): Promise<string> {
    const { source, type } = this.#subscriber;
    // A broadcast handler's own queue is named as Nameko does, by 32 hexadecimal digits, and anew each time: after a loss
    // the broker may still hold the one before for the dead connection.
    const plan = eventQueue(this.#subscriber, this.#topology, randomUUID().replaceAll('-', ''));
    await declareTopic(channel, eventExchange(source));
    await declareBound(channel, plan, eventExchange(source), type);
    return plan.queue;
  }

  /** Handles one delivery. If its channel is gone by the time it is settled, the broker delivers it again. */
  readonly deliver = (channel: AmqpChannel, delivery: Delivery): void => {
    // A handler that rejects has not done its work: the event goes back.
    const settled = this.#handle(readEvent(this.#subscriber.source, delivery)).catch((): Settlement => 'requeue');
    void settled.then((settlement) => {
      if (!channel.isOpen) return;
      if (settlement === 'ack') channel.ack(delivery.deliveryTag);
      else channel.reject(delivery.deliveryTag, true);
    });
  };
}

function readEvent(source: string, { properties, body, routingKey, redelivered }: Delivery): InboundEvent {
  const event = {
    source,
    type: routingKey,
    context: readContext(properties.headers),
    redelivered,
    messageId: properties.messageId,
  };
  try {
    return { ...event, payload: decodePayload(payloadSource(properties, body)) };
  } catch (error) {
    return { ...event, payload: undefined, malformed: messageOf(error) };
  }
}
