import { type AmqpOptions, resolveTargets } from '../../../packages/mycel/src/amqp/amqp-options.ts';
import { AmqpTransport } from '../../../packages/mycel/src/amqp/amqp-transport.ts';
import type { ConnectionSource } from '../../../packages/mycel/src/amqp/connection-source.ts';
import { NetworkSource } from '../../../packages/mycel/src/amqp/network-source.ts';
import type {
  EventSubscriber,
  InboundEvent,
  Settlement,
} from '../../../packages/mycel/src/transport/event-transport.ts';
import type { CallSettlement, InboundCall, ServeOptions } from '../../../packages/mycel/src/transport/rpc-transport.ts';
import type { Subscription } from '../../../packages/mycel/src/transport/subscription.ts';
import type { InstanceNotes } from './work-notes.ts';

/** Where a network transport gets its connections from. */
export function networkSource(options: AmqpOptions): ConnectionSource {
  return new NetworkSource(resolveTargets(options), 5000);
}

/** Where arrivals are noted. */
export type ArrivalNotes = Pick<InstanceNotes, 'delivered' | 'callRepeated'>;

/** The transport of an instance in this process: what it is given goes into the books before anybody else sees it. */
export class ObservedTransport extends AmqpTransport {
  readonly #notes: ArrivalNotes;

  constructor(options: AmqpOptions, source: ConnectionSource, notes: ArrivalNotes) {
    super(options, source);
    this.#notes = notes;
  }

  override subscribe(
    subscriber: EventSubscriber,
    handle: (event: InboundEvent) => Promise<Settlement>,
  ): Promise<Subscription> {
    const handler = `${subscriber.service}.${subscriber.method}`;
    return super.subscribe(subscriber, (event) => {
      const id = idIn(event.payload);
      if (id !== undefined) this.#notes.delivered(handler, id, event);
      return handle(event);
    });
  }

  override serve(
    service: string,
    options: ServeOptions,
    handle: (call: InboundCall) => Promise<CallSettlement>,
  ): Promise<Subscription> {
    return super.serve(service, options, (call) => {
      if (call.redelivered && typeof call.args[0] === 'string') this.#notes.callRepeated(call.args[0]);
      return handle(call);
    });
  }
}

/** The id in the body of a message of the workload, if it is one. */
export function idInBody(body: Uint8Array): string | undefined {
  try {
    return idIn(JSON.parse(Buffer.from(body).toString()));
  } catch {
    return undefined;
  }
}

/** The id in a payload of the workload, if it is one. */
export function idIn(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('id' in payload)) return undefined;
  return typeof payload.id === 'string' ? payload.id : undefined;
}
