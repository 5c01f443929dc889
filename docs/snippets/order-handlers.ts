import { hostname } from 'node:os';
import { type EventOf, eventHandler, RetryLater, service, workerContext } from 'mycel';
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

// #region retry
export class CardExpired extends Error {}

@service('payments')
export class PaymentService {
  @eventHandler(OrderPlaced, {
    retry: { attempts: 8, delays: ['1s', '10s', '1m', '10m'], never: [CardExpired] },
  })
  async charge({ id, total }: EventOf<typeof OrderPlaced>): Promise<void> {
    const answer = await askBank(id, total); // throws: the event comes again, in a second
    if (answer === 'expired') throw new CardExpired(`of order ${id}`); // a dead letter at once
    if (answer === 'busy') throw new RetryLater({ delay: '15m' }); // the bank has said when
  }
}
// #endregion retry

// #region order
@service('stock')
export class StockService {
  @eventHandler('shop', 'stock.*', { orderBy: ({ article }: StockChange) => article })
  async change({ article, count }: StockChange): Promise<void> {
    heard.push(`${article} ${count}`);
  }
}

interface StockChange {
  readonly article: string;
  readonly count: number;
}
// #endregion order

// #region delivery
@service('audit')
export class AuditService {
  context = workerContext();

  @eventHandler('orders', '#')
  async note(): Promise<void> {
    const { messageId, type, redelivered, attempt } = this.context.delivery ?? {};
    if (redelivered && (await isNoted(messageId))) return;
    heard.push(`${type}, attempt ${attempt}`);
  }
}
// #endregion delivery

// #region requeue
@service('ledger')
export class LedgerService {
  @eventHandler(OrderPlaced, { onError: 'requeue', prefetch: 1 })
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

async function askBank(id: string, total: number): Promise<'done' | 'expired' | 'busy'> {
  heard.push(`charge ${id} ${total}`);
  return total > 100 ? 'expired' : 'done';
}

async function isNoted(_messageId: string | undefined): Promise<boolean> {
  return false;
}
