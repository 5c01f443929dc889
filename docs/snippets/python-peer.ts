// #region peer
import { remoteError, rpc, rpcProxy, service } from 'mycel';

/** What the Python service offers, as its TypeScript callers see it. */
interface BillingService {
  invoice(orderId: string, options?: { draft: boolean }): { number: string };
}

/** `class CreditExceeded(Exception)` of the Python module `billing.exceptions`. */
export class CreditExceeded extends remoteError('billing.exceptions.CreditExceeded') {}

@service('checkout')
export class CheckoutService {
  billing = rpcProxy<BillingService>('billing');

  @rpc async pay(orderId: string): Promise<string> {
    try {
      return (await this.billing.invoice(orderId)).number;
    } catch (error) {
      if (error instanceof CreditExceeded) return `no credit: ${error.origin?.args.join(', ')}`;
      throw error;
    }
  }
}
// #endregion peer
