import { hostname } from 'node:os';
import { type EventOf, eventHandler, service } from 'mycel';
import { OrderPlaced } from './orders-events.ts';

export const heard: string[] = [];

// #region handlers
@service('shipping')
export class ShippingService {
  @eventHandler(OrderPlaced)
  async ship({ id, express }: EventOf<typeof OrderPlaced>): Promise<void> {
    heard.push(`ship ${id}${express ? ' today' : ''}`);
  }

  @eventHandler('orders', 'order_counted')
  async count({ id }: { id: string }): Promise<void> {
    heard.push(`count ${id}`);
  }

  @eventHandler('orders', 'order.*') // order.placed, order.cancelled, not order_counted
  async log(payload: unknown): Promise<void> {
    heard.push(`log ${JSON.stringify(payload)}`);
  }
}
// #endregion handlers

// #region modes
@service('prices')
export class PricesService {
  // One instance of this service, whichever is free: the default.
  @eventHandler('catalogue', 'price_changed')
  store(): void {}

  // Every instance: each has its own queue, which goes when the instance goes.
  @eventHandler('catalogue', 'price_changed', { mode: 'broadcast' })
  forget(): void {}

  // Every instance, and events wait for it while it is away: it needs a name that stays.
  @eventHandler('catalogue', 'price_changed', { mode: 'broadcast', reliable: true, broadcastId: hostname() })
  rebuild(): void {}

  // One handler in the whole cluster, whatever service it is in: they share one queue.
  @eventHandler('catalogue', 'price_changed', { mode: 'singleton' })
  notify(): void {}
}
// #endregion modes

let attempts = 0;

// #region requeue
@service('ledger')
export class LedgerService {
  @eventHandler(OrderPlaced, { requeueOnError: true, prefetch: 1 })
  async book({ id, total }: EventOf<typeof OrderPlaced>): Promise<void> {
    await writeToLedger(id, total); // throws: the event comes again, at once
  }
}
// #endregion requeue

async function writeToLedger(id: string, total: number): Promise<void> {
  attempts += 1;
  if (attempts === 1) throw new Error('the ledger is locked');
  heard.push(`book ${id} ${total}`);
}
