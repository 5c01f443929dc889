import { InvalidPayloadError } from 'mycel';
import { beforeEach, expect, test } from 'vitest';
import {
  AuditService,
  heard,
  LedgerService,
  PaymentService,
  PricesService,
  ShippingService,
  StockService,
} from './order-handlers.ts';
import { OrderPlaced } from './orders-events.ts';
import { OrdersService } from './orders.ts';
import { runInMemory } from './running-services.ts';

beforeEach(() => void heard.splice(0));

test('an event reaches the handlers of its type, with the defaults of its schema', async () => {
  await using app = await runInMemory([OrdersService, ShippingService]);
  expect(await app.bus.rpc(OrdersService).place('o1', 5)).toEqual({ heard: true });
  await expect.poll(() => heard.toSorted()).toEqual(['count o1', 'log {"id":"o1","total":5}', 'ship o1']);
});

test('an event that nobody handles is not routed', async () => {
  await using app = await runInMemory([OrdersService]);
  expect(await app.bus.rpc(OrdersService).place('o1', 5)).toEqual({ heard: false });
});

test('a payload that does not fit is refused at the sender', async () => {
  await using app = await runInMemory([ShippingService]);
  const wrong = { id: 'o1', total: 'much' as unknown as number };
  await expect(app.bus.dispatch(OrderPlaced, wrong)).rejects.toThrow(InvalidPayloadError);
});

test('a payload that does not fit at the handler is logged, and not handled', async () => {
  await using app = await runInMemory([ShippingService]);
  await app.bus.dispatch('orders', 'order.placed', { id: 7 });
  await expect
    .poll(() => app.logged.map(({ fields }) => (fields['err'] as { code?: string } | undefined)?.code))
    .toContain('MYCEL_INVALID_PAYLOAD');
  expect(heard.filter((line) => line.startsWith('ship'))).toEqual([]);
});

test('a handler that requeues gets an event again', async () => {
  await using app = await runInMemory([LedgerService]);
  await app.bus.dispatch(OrderPlaced, { id: 'o2', total: 9 });
  await expect.poll(() => heard).toEqual(['book o2 9']);
  expect(app.logged.map(({ message }) => message)).toContainEqual(expect.stringContaining('the ledger is locked'));
});

test('the modes can stand side by side in one service', async () => {
  await using app = await runInMemory([PricesService]);
  expect(await app.bus.dispatch('catalogue', 'price_changed', {})).toEqual({ routed: true });
});

test('an event that no further attempt would help is given up at once', async () => {
  await using app = await runInMemory([PaymentService]);
  await app.bus.dispatch(OrderPlaced, { id: 'o3', total: 500 });
  await expect
    .poll(() => app.logged.map(({ message }) => message))
    .toContainEqual(expect.stringMatching(/^payments\.charge threw CardExpired: of order o3; attempt 1 was its last/));
  expect(heard).toEqual(['charge o3 500']);
});

test('events of one key keep their order', async () => {
  await using app = await runInMemory([StockService]);
  for (const count of [3, 2, 1, 0]) await app.bus.dispatch('shop', 'stock.changed', { article: 'a', count });
  await expect.poll(() => heard).toEqual(['a 3', 'a 2', 'a 1', 'a 0']);
});

test('a handler knows which event fired it', async () => {
  await using app = await runInMemory([AuditService]);
  await app.bus.dispatch(OrderPlaced, { id: 'o4', total: 1 });
  await expect.poll(() => heard).toEqual(['order.placed, attempt 1']);
});
