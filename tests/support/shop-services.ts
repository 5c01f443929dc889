import {
  dependency,
  DependencyProvider,
  eventDispatcher,
  eventHandler,
  type EventOf,
  rpc,
  rpcProxy,
  service,
} from 'mycel';
import { z } from 'zod';
import { CardDeclined, type Money, OrderPlaced, payments, type Receipt, UnknownOrder } from './shop-contract.ts';

export interface Store {
  get(id: string): Promise<Receipt | undefined>;
  put(receipt: Receipt): Promise<void>;
}

class MemoryStore extends DependencyProvider<Store> {
  readonly #receipts = new Map<string, Receipt>();

  getDependency(): Store {
    return {
      get: async (id) => this.#receipts.get(id),
      put: async (receipt) => void this.#receipts.set(receipt.orderId, receipt),
    };
  }
}

/** A dependency of the user's own. */
export const store = () => dependency<Store>(() => new MemoryStore());

/** Contract first. */
@service(payments)
export class PaymentsService {
  db = store();
  emit = eventDispatcher();

  @rpc async charge(orderId: string, amount: Money): Promise<Receipt> {
    if (amount.amount > 1000) throw new CardDeclined('over the limit', { reason: 'limit' });
    const receipt = { id: `receipt-${orderId}`, orderId, paid: amount };
    await this.db.put(receipt);
    await this.emit(payments.events.paymentReceived, { orderId, receipt });
    return receipt;
  }

  @rpc async refund({ orderId, reason }: { orderId: string; reason: string }): Promise<Receipt> {
    const receipt = await this.db.get(orderId);
    if (!receipt) throw new UnknownOrder(`no order ${orderId} (${reason})`, { orderId });
    return receipt;
  }

  @rpc ping(): void {}
}

/** Class first. */
@service('orders')
export class OrdersService {
  private readonly offset = 1;
  payments = rpcProxy(payments);
  emit = eventDispatcher();

  @rpc async place(id: string, total: Money) {
    await this.emit(OrderPlaced, { id, total });
    const paid = await this.payments.charge.safe(id, total);
    if (paid.ok) return { status: 'paid' as const, receipt: paid.value };
    if (paid.error instanceof CardDeclined) return { status: 'declined' as const, reason: paid.error.data.reason };
    throw paid.error;
  }

  @rpc({ params: [z.number(), z.number()], returns: z.number() })
  add(x: number, y: number) {
    return x + y + this.offset - 1;
  }

  @rpc refuse(): never {
    throw new Error('always');
  }

  @eventHandler(payments.events.paymentReceived)
  onPayment({ orderId }: EventOf<typeof payments.events.paymentReceived>) {
    return orderId;
  }
}

/** Knows the other one by name and type only. */
@service('web')
export class WebService {
  orders = rpcProxy<OrdersService>('orders');

  @rpc async checkout(id: string) {
    const three: number = await this.orders.add(1, 2);
    const order = await this.orders.place(id, { amount: three, currency: 'EUR' });
    return order.status === 'paid' ? order.receipt.id : order.reason;
  }
}
