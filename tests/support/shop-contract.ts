import { defineContract, defineEvent, remoteError } from 'mycel';
import { z } from 'zod';

// What caller and callee share: the type tests, and the services they look at, stand on it.

export const Money = z.object({ amount: z.int().positive(), currency: z.enum(['EUR', 'USD']) });
export type Money = z.infer<typeof Money>;
export const Receipt = z.object({ id: z.string(), orderId: z.string(), paid: Money });
export type Receipt = z.infer<typeof Receipt>;

export class CardDeclined extends remoteError('shop.CardDeclined', z.object({ reason: z.string() })) {
  get isStolen(): boolean {
    return this.data.reason === 'stolen';
  }
}
export class UnknownOrder extends remoteError('shop.UnknownOrder', z.object({ orderId: z.string() })) {}
export class Closed extends remoteError('shop.Closed') {}

export const payments = defineContract('payments', {
  rpcs: {
    charge: { params: [z.string(), Money], returns: Receipt, throws: [CardDeclined, Closed] },
    refund: {
      params: z.object({ orderId: z.string(), reason: z.string().default('none') }),
      returns: Receipt,
      throws: [UnknownOrder],
    },
    ping: {},
  },
  events: {
    paymentReceived: z.object({ orderId: z.string(), receipt: Receipt }),
    'payment.refunded': z.object({ orderId: z.string(), at: z.coerce.date().default(new Date(0)) }),
  },
});

export const OrderPlaced = defineEvent('orders', 'order.placed', z.object({ id: z.string(), total: Money }));
