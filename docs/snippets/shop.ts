import { rpc, rpcProxy, service, workerContext } from 'mycel';
import { CardDeclined, type Money, payments } from './payments-contract.ts';

@service('shop')
export class ShopService {
  payments = rpcProxy(payments);
  context = workerContext();

  // #region throwing
  @rpc async buy(orderId: string, price: Money): Promise<string> {
    try {
      const receipt = await this.payments.charge(orderId, price);
      return receipt.id;
    } catch (error) {
      if (error instanceof CardDeclined) return `declined: ${error.data.reason}`;
      throw error;
    }
  }
  // #endregion throwing

  // #region safe
  @rpc async buySafely(orderId: string, price: Money): Promise<string> {
    const paid = await this.payments.charge.safe(orderId, price);
    if (paid.ok) return paid.value.id;
    if (paid.error instanceof CardDeclined) return `declined: ${paid.error.data.reason}`;
    throw paid.error; // another answer of the callee; no answer at all was thrown above
  }
  // #endregion safe

  // #region side-by-side
  @rpc async buyBoth(price: Money): Promise<string[]> {
    const first = await this.payments.charge.callAsync('a', price); // the broker has the request
    const second = await this.payments.charge.callAsync('b', price);
    return [(await first.result()).id, (await second.result()).id];
  }
  // #endregion side-by-side

  // #region options
  async buyQuickly(orderId: string, price: Money, signal: AbortSignal): Promise<string> {
    const charge = this.payments.charge.with({ timeout: '2s', signal, headers: { 'x-shop': 'berlin' } });
    return (await charge(orderId, price)).id;
  }
  // #endregion options

  // #region cancellation
  @rpc async report(): Promise<number> {
    let rows = 0;
    while (rows < 1_000_000 && !this.context.signal.aborted) {
      rows += await readRows(this.context.signal);
    }
    return rows;
  }
  // #endregion cancellation
}

async function readRows(signal: AbortSignal): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
  return 10_000;
}
