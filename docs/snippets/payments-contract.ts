// #region contract
import { defineContract, remoteError } from 'mycel';
import { z } from 'zod';

const Money = z.object({ amount: z.int().positive(), currency: z.enum(['EUR', 'USD']) });
const Receipt = z.object({ id: z.string(), orderId: z.string(), paid: Money, at: z.date() });

export class CardDeclined extends remoteError('payments.CardDeclined', z.object({ reason: z.string() })) {}
export class UnknownOrder extends remoteError('payments.UnknownOrder', z.object({ orderId: z.string() })) {}

export const payments = defineContract('payments', {
  rpcs: {
    // positional arguments: an array of schemas
    charge: { params: [z.string(), Money], returns: Receipt, throws: [CardDeclined] },
    // one object, whose members travel as keyword arguments: one schema
    refund: {
      params: z.object({ orderId: z.string(), reason: z.string().default('none') }),
      returns: Receipt,
      throws: [UnknownOrder],
    },
  },
  events: {
    charged: z.object({ orderId: z.string(), amount: z.int() }),
  },
});
// #endregion contract
export type Receipt = z.infer<typeof Receipt>;
export type Money = z.infer<typeof Money>;
