import { eventDispatcher, rpc, service } from 'mycel';
import { CardDeclined, type Money, payments, type Receipt, UnknownOrder } from './payments-contract.ts';

const receipts = new Map<string, Receipt>();

// #region service
@service(payments) // the compiler holds the class to the contract
export class PaymentsService {
  dispatch = eventDispatcher();

  @rpc async charge(orderId: string, money: Money): Promise<Receipt> {
    if (money.amount > 1000) throw new CardDeclined('over the limit', { reason: 'limit' });
    const receipt = { id: `r-${orderId}`, orderId, paid: money, at: new Date() };
    receipts.set(orderId, receipt);
    await this.dispatch(payments.events.charged, { orderId, amount: money.amount });
    return receipt;
  }

  @rpc async refund({ orderId, reason }: { orderId: string; reason: string }): Promise<Receipt> {
    const receipt = receipts.get(orderId);
    if (!receipt) throw new UnknownOrder(`no order ${orderId} to refund (${reason})`, { orderId });
    return receipt;
  }
}
// #endregion service
