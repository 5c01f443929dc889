import { describe, expect, test } from 'vitest';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { service } from '../core/service.ts';
import { eventDispatcher } from '../events/event-dispatcher.ts';
import { defineContract } from '../core/contract.ts';
import { language } from '../core/context-dependencies.ts';
import { remoteError } from '../core/remote-error.ts';
import { rpc } from '../rpc/rpc.ts';
import { rpcProxy } from '../rpc/rpc-proxy.ts';
import { workerFactory } from './worker-factory.ts';

interface Store {
  get(id: string): Promise<string | undefined>;
  put(id: string, value: string): Promise<void>;
}
class StoreProvider extends DependencyProvider<Store> {
  getDependency(): Store {
    throw new Error('a bare worker binds nothing');
  }
}
class Declined extends remoteError('worker_factory_test.Declined') {}
interface Payments {
  charge(orderId: string, amount: number): { receipt: string };
}
const stock = defineContract('stock', { rpcs: { take: {} } });

@service('orders')
class Orders {
  store = dependency<Store>(() => new StoreProvider());
  payments = rpcProxy<Payments>('payments');
  stock = rpcProxy(stock);
  emit = eventDispatcher();
  language = language();
  plain = 1;

  @rpc async place(id: string): Promise<string> {
    const paid = await this.payments.charge.safe(id, 5);
    if (!paid.ok) return `declined: ${paid.error.message}`;
    await this.store.put(id, paid.value.receipt);
    return `${await this.payments.charge(id, 1).then(({ receipt }) => receipt)} ${this.language}`;
  }
  @rpc async later(id: string): Promise<string> {
    const reply = await this.payments.charge.with({ timeout: '1s' }).callAsync(id, 5);
    return (await reply.result()).receipt;
  }
  @rpc async announce(): Promise<void> {
    await this.emit('announced', {});
  }
}

describe('a worker of workerFactory', () => {
  test('finds what the test gave, plain functions in place of clients', async () => {
    const kept: string[] = [];
    const worker = workerFactory(Orders, {
      payments: { charge: (id, amount) => ({ receipt: `${id} ${amount}` }) },
      store: { put: async (id, value) => void kept.push(id, value) },
      language: 'de',
    });
    expect(await worker.place('o1')).toBe('o1 1 de');
    expect(kept).toEqual(['o1', 'o1 5']);
    expect(await worker.later('o2')).toBe('o2 5');
    expect(worker.plain).toBe(1);
  });

  test('sees errors of a double as those of a callee', async () => {
    const charge = (): never => {
      throw new Declined('no money');
    };
    expect(await workerFactory(Orders, { payments: { charge } }).place('o1')).toBe('declined: no money');
  });

  test('complains about what the test forgot, by name', async () => {
    const worker = workerFactory(Orders);
    await expect(worker.place('o1')).rejects.toThrow(
      "Orders.payments.charge was used, but 'payments' was not given to workerFactory",
    );
    await expect(worker.announce()).rejects.toThrow("Orders.emit() was called, but 'emit' was not given");
    const half = workerFactory(Orders, { payments: {} });
    await expect(half.place('o1')).rejects.toThrow('payments.charge was called, but the test gave no double for it');
  });

  test('has the rpcs of a contract and no others', () => {
    const worker = workerFactory(Orders, { stock: { take: () => 1 } });
    expect(Object.keys(worker.stock)).toEqual(['take']);
  });

  test('refuses what is no dependency of the class', () => {
    const misspelt = { paymets: {} } as object;
    expect(() => workerFactory(Orders, misspelt)).toThrow(
      "'paymets' is not a dependency of Orders; it has store, payments, stock, emit, language",
    );
    expect(() => workerFactory(Orders, { plain: 2 } as object)).toThrow("'plain' is not a dependency");
  });
});
