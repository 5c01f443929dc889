// Compiled, never run: each @ts-expect-error must be needed, each `same` must hold.
import {
  defineEvent,
  eventDispatcher,
  eventHandler,
  type EventDefinition,
  type EventOf,
  type RpcClient,
  service,
} from 'mycel';
import { z } from 'zod';
import { OrderPlaced, payments } from '../../../../tests/support/shop-contract.ts';
import { type Equal, same } from '../../../../tests/support/type-equality.ts';

const refunded = payments.events['payment.refunded'];
const moved = defineEvent('mouse', 'moved', z.object({ x: z.number() }), { volatile: true });

// Definitions.
same<Equal<(typeof OrderPlaced)['source'], 'orders'>>();
same<Equal<(typeof OrderPlaced)['type'], 'order.placed'>>();
same<Equal<(typeof refunded)['source'], 'payments'>>();
same<Equal<(typeof refunded)['type'], 'payment.refunded'>>();
same<Equal<EventOf<typeof refunded>, { orderId: string; at: Date }>>();
same<Equal<keyof typeof payments.events, 'paymentReceived' | 'payment.refunded'>>();
export const anyEvent: EventDefinition = OrderPlaced;
// @ts-expect-error no such event in the contract
void payments.events.paymentRecieved;
same<Equal<typeof moved, EventDefinition<typeof moved.schema, 'mouse', 'moved'>>>();
// @ts-expect-error no such option of an event
defineEvent('orders', 'x', z.string(), { persistent: false });
// @ts-expect-error no such option of a dispatcher
eventDispatcher({ strict: true });
// @ts-expect-error no schema
defineEvent('orders', 'x', String);

@service('events')
export class Events {
  emit = eventDispatcher();

  async dispatching(): Promise<void> {
    const { routed } = await this.emit(OrderPlaced, { id: '1', total: { amount: 1, currency: 'EUR' } });
    same<Equal<typeof routed, boolean>>();
    await this.emit(refunded, { orderId: '1' });
    await this.emit(refunded, { orderId: '1', at: '2020-01-01' }, { headers: { tenant: 1 } });
    await this.emit('any.type', { whatever: 1 });
    await this.emit(refunded, { orderId: '1' }, { volatile: true });
    // @ts-expect-error the payload lacks total
    await this.emit(OrderPlaced, { id: '1' });
    // @ts-expect-error the payload is of another type
    await this.emit(payments.events.paymentReceived, { orderId: 1 });
    // @ts-expect-error an event has a payload
    await this.emit(OrderPlaced);
    // @ts-expect-error no such option
    await this.emit('any.type', 1, { header: {} });
    // @ts-expect-error a schema is no event
    await this.emit(z.string(), 'x');
  }

  @eventHandler(OrderPlaced) exact(event: EventOf<typeof OrderPlaced>): number {
    return event.total.amount;
  }
  @eventHandler(OrderPlaced, { mode: 'broadcast', reliable: true, broadcastId: 'x' }) part(event: {
    id: string;
  }): string {
    return event.id;
  }
  @eventHandler(OrderPlaced) nothing(): void {}
  @eventHandler(refunded) parsed({ at }: { at: Date }): number {
    return at.getTime();
  }
  @eventHandler('orders', 'order.*') untyped(payload: { id: string }): string {
    return payload.id;
  }
  @eventHandler('orders', '#', { prefetch: 1, requeueOnError: true }) all(payload: unknown): unknown {
    return payload;
  }
  @eventHandler(OrderPlaced) protected hidden(event: EventOf<typeof OrderPlaced>): string {
    return event.id;
  }
  @eventHandler(OrderPlaced) @eventHandler(refunded) several(event: { id: string } | { orderId: string }): unknown {
    return event;
  }
  // @ts-expect-error the payload has no such member
  @eventHandler(OrderPlaced) wrongMember(event: { orderId: string }): string {
    return event.orderId;
  }
  // @ts-expect-error the payload of another event
  @eventHandler(payments.events.paymentReceived) wrongEvent(event: EventOf<typeof OrderPlaced>): string {
    return event.id;
  }
  // @ts-expect-error a handler gets one argument
  @eventHandler(OrderPlaced) two(event: { id: string }, more: string): string {
    return event.id + more;
  }
  // @ts-expect-error no such mode
  @eventHandler(OrderPlaced, { mode: 'pool' }) wrongMode(): void {}
  // @ts-expect-error the type is missing
  @eventHandler('orders') noType(): void {}
  // @ts-expect-error not on a static method
  @eventHandler(OrderPlaced) static shared(): void {}
  // @ts-expect-error not on a field
  @eventHandler(OrderPlaced) field = (): void => {};
}
same<Equal<'hidden' extends keyof RpcClient<Events> ? true : false, false>>();
