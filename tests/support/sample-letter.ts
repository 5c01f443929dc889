import type { DeadLetter } from '../../packages/mycel/src/transport/dead-letter.ts';

/** A dead letter with all that one can have, but for what is given. */
export function sampleLetter(given: Partial<DeadLetter> = {}): DeadLetter {
  const payload = given.payload ?? { id: 'a-1' };
  return {
    id: '4f9c1d2e-0000-4000-8000-000000000000',
    reason: 'failed',
    error: {
      type: 'RangeError',
      message: 'no stock',
      code: 'NO_STOCK',
      stack: 'RangeError: no stock\n    at stock.ts:1:1',
    },
    attempts: 5,
    instance: 'stock-1',
    service: 'stock',
    method: 'onSold',
    version: '1.4.2',
    host: 'box',
    pid: 12,
    firstFailedAt: new Date(Date.UTC(2026, 0, 1)),
    lastFailedAt: new Date(Date.UTC(2026, 0, 1, 1)),
    queue: 'evt-shop-sold--stock.onSold',
    exchange: 'shop.events',
    routingKey: 'sold',
    messageId: 'm-1',
    callIdStack: ['web.page.1', 'shop.sell.2'],
    replays: 0,
    redelivered: false,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(payload)),
    payload,
    ...given,
  };
}
