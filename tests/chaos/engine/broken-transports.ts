import { randomUUID } from 'node:crypto';
import type { AmqpOptions } from '../../../packages/mycel/src/amqp/amqp-options.ts';
import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { ConnectionDetails, ConnectionSource } from '../../../packages/mycel/src/amqp/connection-source.ts';
import type {
  EventSubscriber,
  InboundEvent,
  OutboundEvent,
  PublishResult,
  Settlement,
} from '../../../packages/mycel/src/transport/event-transport.ts';
import type { Subscription } from '../../../packages/mycel/src/transport/subscription.ts';
import type { CallSettlement, InboundCall, ServeOptions } from '../../../packages/mycel/src/transport/rpc-transport.ts';
import type { AmqpConnection } from '../../../packages/mycel/src/protocol/client/index.ts';
import { ObservedTransport } from '../workload/observed-transport.ts';
import type { InstanceNotes } from '../workload/work-notes.ts';

// Transports that break what they promise: the books must tell.

type Handle = (event: InboundEvent) => Promise<Settlement>;

/** Acknowledges events before they are handled. */
export class AcknowledgesFirst extends ObservedTransport {
  override subscribe(subscriber: EventSubscriber, handle: Handle): Promise<Subscription> {
    return super.subscribe(subscriber, (event) => {
      void handle(event);
      return Promise.resolve('ack');
    });
  }
}

/** Acknowledges events that are to be tried again. */
export class ForgetsRetries extends ObservedTransport {
  override subscribe(subscriber: EventSubscriber, handle: Handle): Promise<Subscription> {
    return super.subscribe(subscriber, async (event) => {
      const settlement = await handle(event);
      return typeof settlement === 'object' && settlement.kind === 'retry' ? 'ack' : settlement;
    });
  }
}

/** Says of no event that it may have come before. */
export class HidesRepeats extends ObservedTransport {
  constructor(options: AmqpOptions, source: ConnectionSource, notes: InstanceNotes) {
    super(options, source, {
      delivered: (handler, id, event) => notes.delivered(handler, id, { ...event, redelivered: false }),
      callRepeated: (id) => notes.callRepeated(id),
    });
  }
}

/** Says that the broker has an event as soon as it is given one. */
export class ForgetsPublishes extends AmqpTransport {
  override async publish(event: OutboundEvent): Promise<PublishResult> {
    super.publish(event).catch(() => {});
    return { routed: true };
  }
}

/** Acknowledges what its handlers give back. */
export class LosesHandBacks extends ObservedTransport {
  override subscribe(subscriber: EventSubscriber, handle: Handle): Promise<Subscription> {
    return super.subscribe(subscriber, async (event) => {
      const settlement = await handle(event);
      return settlement === 'requeue' ? 'ack' : settlement;
    });
  }
}

/** Counts no returns of calls: says of each that came back that it did so once. */
export class ForgetsReturns extends ObservedTransport {
  override serve(
    service: string,
    options: ServeOptions,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<Subscription> {
    return super.serve(service, options, (call) => {
      const told = call.redelivered ? Object.create(call, { returns: { value: 1 } }) : call;
      return handle(told as InboundCall); // the same call, but for what it tells
    });
  }
}

type Tamper = (connection: AmqpConnection) => void;

/** The connections of a source, tampered with. */
export class TamperedSource implements ConnectionSource {
  readonly #source: ConnectionSource;
  readonly #tamper: Tamper;

  constructor(source: ConnectionSource, tamper: Tamper) {
    this.#source = source;
    this.#tamper = tamper;
  }

  get target(): string {
    return this.#source.target;
  }

  async connect(details: ConnectionDetails): Promise<AmqpConnection> {
    const connection = await this.#source.connect(details);
    this.#tamper(connection);
    return connection;
  }
}

/** Has every event and letter sent under a message id of its own each time. */
export function renamesMessages(connection: AmqpConnection): void {
  const open = connection.openChannel.bind(connection);
  connection.openChannel = async () => {
    const channel = await open();
    const publish = channel.publishConfirmed.bind(channel);
    channel.publishConfirmed = (exchange, key, body, properties, options) =>
      publish(exchange, key, body, { ...properties, messageId: randomUUID() }, options);
    return channel;
  };
}
