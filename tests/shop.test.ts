import { runServices } from 'mycel';
import { MemoryBroker, MemoryTransport, workerFactory } from 'mycel/testing';
import { describe, expect, test, vi } from 'vitest';
import { forbidUnhandledRejections } from './support/unhandled-rejections.ts';
import { startServices } from './support/memory-services.ts';
import { CardDeclined, payments, type Receipt, UnknownOrder } from './support/shop-contract.ts';
import { OrdersService, PaymentsService, WebService } from './support/shop-services.ts';

forbidUnhandledRejections();

const receipt: Receipt = { id: 'r1', orderId: 'o1', paid: { amount: 1, currency: 'EUR' } };

describe('a worker by itself', () => {
  test('works with plain functions in place of its dependencies', async () => {
    const emit = vi.fn();
    const worker = workerFactory(OrdersService, { emit, payments: { charge: () => receipt } });
    expect(await worker.place('o1', receipt.paid)).toEqual({ status: 'paid', receipt });
    expect(emit).toHaveBeenCalledOnce();
  });

  test('handles a declared error of a double', async () => {
    const charge = (): never => {
      throw new CardDeclined('no', { reason: 'stolen' });
    };
    const worker = workerFactory(OrdersService, { emit: () => {}, payments: { charge } });
    expect(await worker.place('o1', receipt.paid)).toEqual({ status: 'declined', reason: 'stolen' });
  });
});

describe('several services in one process', () => {
  test('call each other through contracts and by name, and hear events', async () => {
    const { caller } = await startServices([PaymentsService, OrdersService, WebService]);
    expect(await caller.service<WebService>('web').checkout('o1')).toBe('receipt-o1');
    const client = caller.service(payments);
    await expect(client.refund({ orderId: 'nope' })).rejects.toThrow('no order nope (none)');
    await expect(client.refund({ orderId: 'nope' })).rejects.toBeInstanceOf(UnknownOrder);
    const declined = await client.charge.safe('o2', { amount: 9999, currency: 'EUR' });
    expect(declined.error instanceof CardDeclined && declined.error.data.reason).toBe('limit');
    await expect(client.charge('o3', { amount: -1, currency: 'EUR' })).rejects.toThrow(
      'payments.charge: amount.amount:',
    );
  });

  test('run on a transport in memory by way of the main door', async () => {
    const broker = new MemoryBroker();
    const services = [PaymentsService, OrdersService];
    await using runner = await runServices(services, {
      transport: new MemoryTransport({ broker }),
      config: { log: { level: 'silent' } },
    });
    expect(runner.containers.map(({ state }) => state)).toEqual(['running', 'running']);
    expect(broker.queue('rpc-payments')?.consumers).toHaveLength(1);
  });
});
