// Compiled, never run: each @ts-expect-error must be needed, each `same` must hold.
import { type DependencyKeys, language, type Replacements, rpcProxy, userId, workerContext } from 'mycel';
import { workerFactory } from 'mycel/testing';
import type { Receipt } from '../../../../tests/support/shop-contract.ts';
import { OrdersService, PaymentsService, WebService } from '../../../../tests/support/shop-services.ts';
import { type Equal, same } from '../../../../tests/support/type-equality.ts';

const receipt: Receipt = { id: '1', orderId: 'o', paid: { amount: 1, currency: 'EUR' } };

class Contextual {
  context = workerContext();
  language = language();
  user = userId();
  plain: string | undefined = undefined;
  orders = rpcProxy(OrdersService);
}

class Needy {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
}

same<Equal<DependencyKeys<OrdersService>, 'payments' | 'emit'>>();
same<Equal<DependencyKeys<PaymentsService>, 'db' | 'emit'>>();
same<Equal<DependencyKeys<Contextual>, 'context' | 'language' | 'user' | 'orders'>>();
same<Equal<Replacements<Contextual>['language'], string | undefined>>();

const worker = workerFactory(OrdersService, { payments: { charge: () => receipt } });
same<Equal<typeof worker, OrdersService>>();
workerFactory(OrdersService);
workerFactory(OrdersService, { payments: { charge: async (orderId, paid) => ({ ...receipt, orderId, paid }) } });
workerFactory(OrdersService, { emit: async () => ({ routed: true }) });
workerFactory(OrdersService, { emit: (type: string, payload: { id: string }) => [type, payload.id] });
workerFactory(PaymentsService, { db: { get: async () => undefined } });
workerFactory(PaymentsService, { db: { get: () => receipt } });
workerFactory(WebService, { orders: { add: (x, y) => x + y } });
workerFactory(Contextual, { language: 'de', user: 7, context: { callId: 'x' }, orders: { add: () => 1 } });
// @ts-expect-error not a dependency
workerFactory(OrdersService, { place: () => {} });
// @ts-expect-error a plain field is none either
workerFactory(Contextual, { plain: 'x' });
// @ts-expect-error the double returns the wrong type
workerFactory(OrdersService, { payments: { charge: () => 1 } });
// @ts-expect-error no such rpc in the contract
workerFactory(OrdersService, { payments: { chrage: () => receipt } });
// @ts-expect-error wrong double
workerFactory(PaymentsService, { db: { get: async () => 1 } });
// @ts-expect-error no such method in the class
workerFactory(WebService, { orders: { ad: () => 1 } });
// @ts-expect-error language is text
workerFactory(Contextual, { language: 1 });
// @ts-expect-error nobody could construct it
workerFactory(Needy);

// What a worker finds.
declare const contextual: Contextual;
export const found: string | undefined = contextual.language;
export const remaining: number | undefined = contextual.context.remainingMs;
// @ts-expect-error it may be missing
contextual.language.length;
// @ts-expect-error nothing has checked the type of the user's id
contextual.user.length;
