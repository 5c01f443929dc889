// #region unit
import { connect, createLogger, rpc, runServices, service } from 'mycel';
import { MemoryBroker, MemoryTransport, workerFactory } from 'mycel/testing';
import { expect, test } from 'vitest';
import { CardDeclined, payments } from './payments-contract.ts';
import { ShopService } from './shop.ts';

test('a declined card is told to the buyer', async () => {
  const shop = workerFactory(ShopService, {
    payments: {
      charge: () => {
        throw new CardDeclined('no', { reason: 'stolen' });
      },
    },
  });
  expect(await shop.buy('o1', { amount: 5, currency: 'EUR' })).toBe('declined: stolen');
});
// #endregion unit

// #region memory
@service(payments)
class FakePayments {
  @rpc charge(orderId: string) {
    return { id: `fake-${orderId}`, orderId, paid: { amount: 5, currency: 'EUR' as const }, at: new Date(0) };
  }

  @rpc refund() {
    return this.charge('none');
  }
}

test('the shop buys over the bus', async () => {
  const broker = new MemoryBroker();
  const logger = await createLogger({ level: 'silent' });
  await using _runner = await runServices([ShopService, FakePayments], {
    transport: new MemoryTransport({ broker }),
    logger,
  });
  await using bus = await connect(new MemoryTransport({ broker }));
  expect(await bus.rpc(ShopService).buy('o1', { amount: 5, currency: 'EUR' })).toBe('fake-o1');
});
// #endregion memory
