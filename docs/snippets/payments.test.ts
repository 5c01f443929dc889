import { once } from 'node:events';
import { CallCancelledError, InvalidArgumentsError, RemoteError } from 'mycel';
import { workerFactory } from 'mycel/testing';
import { expect, test } from 'vitest';
import { RefinedService } from './async-refinement.ts';
import { CardDeclined, payments, UnknownOrder } from './payments-contract.ts';
import { PaymentsService } from './payments.ts';
import { runInMemory } from './running-services.ts';
import { ShopService } from './shop.ts';
import { ShapesService } from './single-rpc.ts';

const euros = (amount: number) => ({ amount, currency: 'EUR' as const });

test('a result comes back with its types, a declared error with its class and data', async () => {
  await using app = await runInMemory([PaymentsService]);
  const client = app.bus.rpc(payments);
  const receipt = await client.charge('o1', euros(5));
  expect(receipt).toMatchObject({ id: 'r-o1', paid: euros(5) });
  expect(receipt.at).toBeInstanceOf(Date);
  await expect(client.charge('o1', euros(5000))).rejects.toSatisfy((error) => error instanceof CardDeclined);
  const refunded = await client.refund.safe({ orderId: 'o9' });
  expect(refunded.ok).toBe(false);
  expect(refunded.error).toBeInstanceOf(UnknownOrder);
  expect(refunded.error?.message).toBe('no order o9 to refund (none)');
});

test('callers catch errors, or look at them as values; calls go side by side', async () => {
  await using app = await runInMemory([PaymentsService, ShopService]);
  const shop = app.bus.rpc(ShopService);
  expect(await shop.buy('o1', euros(5))).toBe('r-o1');
  expect(await shop.buy('o1', euros(5000))).toBe('declined: limit');
  expect(await shop.buySafely('o1', euros(5000))).toBe('declined: limit');
  expect(await shop.buyBoth(euros(1))).toEqual(['r-a', 'r-b']);
  expect(await shop.report()).toBe(1_000_000);
});

test('an aborted call is given up at once', async () => {
  await using app = await runInMemory([PaymentsService]);
  const shop = workerFactory(ShopService, { payments: {} });
  const signal = AbortSignal.abort(new Error('changed my mind'));
  const charge = app.bus.rpc(payments).charge.with({ signal });
  await expect(charge('o1', euros(1))).rejects.toThrow(CallCancelledError);
  await expect(shop.buyQuickly('o1', euros(1), signal)).rejects.toThrow('no double');
});

test('schemas of three libraries check alike', async () => {
  await using app = await runInMemory([ShapesService]);
  const shapes = app.bus.rpc(ShapesService);
  expect(await shapes.circle(1)).toBeCloseTo(Math.PI);
  expect(await shapes.rectangle(2, 3)).toBe(6);
  expect(await shapes.square({ side: 3 })).toBe(9);
  await expect(shapes.circle(-1)).rejects.toThrow(InvalidArgumentsError);
  await expect(shapes.rectangle('2' as never, 3)).rejects.toThrow('rectangle: width: Invalid type');
  await expect(shapes.square({ side: 0 })).rejects.toThrow(InvalidArgumentsError);
});

test('an asynchronous refinement that returns false names the argument', async () => {
  await using app = await runInMemory([RefinedService]);
  const refined = app.bus.rpc(RefinedService);
  expect(await refined.take('apple')).toBe('apple');
  await expect(refined.take('broken')).rejects.toThrow('refined.take: id: no such item');
});

test('one that rejects is no problem with an argument, and leaves a rejection that nobody looks at', async () => {
  await using app = await runInMemory([RefinedService]);
  const unhandled = nextUnhandledRejection();
  const rejected: unknown = await app.bus
    .rpc(RefinedService)
    .takeRejecting('broken')
    .catch((error: unknown) => error);
  expect(rejected).toBeInstanceOf(RemoteError);
  expect(rejected).not.toBeInstanceOf(InvalidArgumentsError);
  expect(await unhandled).toMatchObject({ message: 'the stock cannot be read' });
});

/** Catches one unhandled rejection in place of the test runner, which would fail for it. */
async function nextUnhandledRejection(): Promise<unknown> {
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    return (await once(process, 'unhandledRejection'))[0];
  } finally {
    for (const listener of others) process.on('unhandledRejection', listener);
  }
}
