import { deferred } from '../../../foundation/deferred.ts';
import type {
  EventSubscriber,
  InboundEvent,
  OutboundEvent,
  PublishResult,
  Settlement,
} from '../../../transport/event-transport.ts';
import type { Subscription } from '../../../transport/subscription.ts';
import type { Transport } from '../../../transport/transport.ts';
import { emptyContext } from '../../../transport/wire-context.ts';
import { Inbox } from './inbox.ts';
import type { Stage } from './stage.ts';

const usual: EventSubscriber = {
  source: 'shop',
  type: 'sold',
  service: 'stock',
  method: 'on_sold',
  mode: 'service-pool',
  reliable: true,
  prefetch: 10,
};

/** Publishes the event `sold` of `shop`, unless told otherwise. */
export function publish(from: Transport, payload: unknown, given: Partial<OutboundEvent> = {}): Promise<PublishResult> {
  return from.events.publish({ source: usual.source, type: usual.type, payload, context: emptyContext, ...given });
}

/** A handler that is attached, and the events that have come to it. */
export interface HeardEvents {
  readonly events: Inbox<InboundEvent>;
  readonly subscription: Subscription;
}

/** Subscribes to the event `sold` of `shop` for `stock.on_sold`, reliably, as a service pool, unless told otherwise. */
export async function subscribe(
  on: Transport,
  given: Partial<EventSubscriber> = {},
  handle: (event: InboundEvent) => Settlement | Promise<Settlement> = () => 'ack',
): Promise<HeardEvents> {
  const subscriber = { ...usual, ...given };
  const events = new Inbox<InboundEvent>(`the events of ${subscriber.service}.${subscriber.method}`);
  const subscription = await on.events.subscribe(subscriber, async (event) => {
    events.add(event);
    return handle(event);
  });
  return { events, subscription };
}

/** An event that waits to be settled. */
export interface HeldEvent {
  readonly event: InboundEvent;
  readonly settle: (settlement: Settlement) => void;
}

/** A handler that settles nothing by itself. */
export interface HoldingHandler {
  readonly held: Inbox<HeldEvent>;
  readonly subscription: Subscription;
}

/** Subscribes as `subscribe` does, and keeps every event in hand until the behaviour settles it. */
export async function holdEvents(on: Transport, given: Partial<EventSubscriber> = {}): Promise<HoldingHandler> {
  const held = new Inbox<HeldEvent>('the events in hand');
  const { subscription } = await subscribe(on, given, (event) => {
    const settled = deferred<Settlement>();
    held.add({ event, settle: settled.resolve });
    return settled.promise;
  });
  return { held, subscription };
}

/** Lets the queue of a reliable handler be, with no instance running. */
export async function leaveHandler(stage: Stage, given: Partial<EventSubscriber> = {}): Promise<void> {
  const { subscription } = await subscribe(await stage.transport(), given);
  await subscription.stop();
  await subscription.close();
}

export function payloadsOf(events: Inbox<InboundEvent>): unknown[] {
  return events.items.map(({ payload }) => payload);
}

/** The payloads of several handlers together, in the order of numbers. */
export function allPayloads(handlers: readonly HeardEvents[]): unknown[] {
  return handlers.flatMap(({ events }) => payloadsOf(events)).toSorted((a, b) => Number(a) - Number(b));
}
