// Compiled, never run: each @ts-expect-error must be needed, each `same` must hold.
import type { CallResult, RemoteError, Reply, RpcClient, RpcDouble, RpcMethod } from 'mycel';
import {
  CardDeclined,
  Closed,
  type Money,
  type payments,
  type Receipt,
  type UnknownOrder,
} from '../../../../tests/support/shop-contract.ts';
import type { OrdersService, PaymentsService, WebService } from '../../../../tests/support/shop-services.ts';
import { type Equal, same } from '../../../../tests/support/type-equality.ts';

type Payments = RpcClient<typeof payments>;
type Orders = RpcClient<OrdersService>;
declare const pay: Payments;
declare const orders: Orders;
const euro: Money = { amount: 1, currency: 'EUR' };

// What a client shows.
same<Equal<keyof Payments, 'charge' | 'refund' | 'ping'>>();
same<Equal<keyof Orders, 'place' | 'add' | 'refuse' | 'onPayment' | 'payments' | 'emit'>>();
same<Equal<Orders['emit'], never>>();
same<Equal<Orders['payments'], never>>();
same<Equal<Parameters<Payments['charge']>, [string, Money]>>();
same<Equal<Parameters<Payments['refund']>, [{ orderId: string; reason?: string | undefined }]>>();
same<Equal<Parameters<Payments['ping']>, unknown[]>>();
same<Equal<Awaited<ReturnType<Payments['charge']>>, Receipt>>();
same<Equal<Awaited<ReturnType<Payments['ping']>>, unknown>>();
same<Equal<Parameters<Orders['place']>, [id: string, total: Money]>>();
same<Equal<ReturnType<Orders['add']>, Promise<number>>>();
same<Equal<ReturnType<Orders['refuse']>, Promise<never>>>();
same<Equal<Awaited<ReturnType<RpcClient<WebService>['checkout']>>, string>>();
same<Equal<RpcClient<PaymentsService>['db'], never>>();
same<Equal<Payments['charge'], RpcMethod<[string, Money], Receipt, CardDeclined | Closed>>>();

export async function calls(): Promise<unknown> {
  const sum: number = await orders.add(1, 2);
  // @ts-expect-error wrong type of argument
  await orders.add('1', 2);
  // @ts-expect-error too few arguments
  await orders.add(1);
  // @ts-expect-error too many arguments
  await orders.add(1, 2, 3);
  // @ts-expect-error no such method
  await orders.nope();
  // @ts-expect-error private members are no part of the service
  void orders.offset;
  // @ts-expect-error dependencies are no part of the service
  await orders.emit('placed', {});
  // @ts-expect-error clients of the service are no part of it either
  await orders.payments.charge('o', euro);
  // @ts-expect-error no such currency
  await pay.charge('o', { amount: 1, currency: 'GBP' });
  // @ts-expect-error no such rpc in the contract
  await pay.chrage('o', euro);
  // @ts-expect-error required member is missing
  await pay.refund({});
  // @ts-expect-error one argument, not two
  await pay.refund('o', 'none');
  await pay.refund({ orderId: 'o' });
  await pay.ping();
  // @ts-expect-error a client cannot be changed
  orders.place = pay.ping as never;
  const wrong = async (): Promise<string> =>
    // @ts-expect-error a number is not a string
    orders.add(1, 2);
  return [sum, wrong];
}

export async function forms(): Promise<unknown> {
  const reply = await orders.add.callAsync(1, 2);
  same<Equal<typeof reply, Reply<number>>>();
  const later: number = await reply.result();
  // @ts-expect-error arguments are checked in every form
  await orders.add.callAsync('1', 2);
  const hurried: number = await orders.add.with({ timeout: 1000 })(1, 2);
  const named: number = await orders.add.with({ timeout: '2s', headers: { tenant: 1 } }).with({})(1, 2);
  const optional = await orders.add.with({ timeout: '1m' }).safe(1, 2);
  same<Equal<typeof optional, CallResult<number, RemoteError>>>();
  // @ts-expect-error not a duration
  orders.add.with({ timeout: '2 seconds' });
  // @ts-expect-error no such option
  orders.add.with({ timeot: 1 });
  // @ts-expect-error a signal, not its controller
  orders.add.with({ signal: new AbortController() });
  // @ts-expect-error arguments are checked behind options too
  await orders.add.with({})('1', 2);
  return [later, hurried, named];
}

export async function declaredErrors(): Promise<unknown> {
  const paid = await pay.charge.safe('o', euro);
  same<Equal<typeof paid, CallResult<Receipt, CardDeclined | Closed | RemoteError>>>();
  if (paid.ok) {
    same<Equal<typeof paid.value, Receipt>>();
    same<Equal<typeof paid.error, undefined>>();
    return paid.value;
  }
  // @ts-expect-error there is no value then
  void paid.value.id;
  if (paid.error instanceof CardDeclined) return [paid.error.data.reason, paid.error.isStolen];
  if (paid.error instanceof Closed) {
    same<Equal<typeof paid.error.data, undefined>>();
    return paid.error;
  }
  same<Equal<typeof paid.error, RemoteError>>();
  same<Equal<typeof paid.error.code, `MYCEL_${string}`>>();
  return paid.error.origin?.path;
}

export async function errorsByCode(): Promise<unknown> {
  const { error } = await pay.charge.safe('o', euro);
  if (error?.code === 'shop.CardDeclined') return error.data.reason;
  // @ts-expect-error charge does not declare this error: the codes cannot overlap
  if (error?.code === 'shop.UnknownOrder') return undefined;
  const refund = await pay.refund.safe({ orderId: 'o' });
  if (refund.error?.code === 'shop.UnknownOrder') {
    const narrowed: UnknownOrder = refund.error;
    return narrowed.data.orderId;
  }
  return error?.code === 'MYCEL_REMOTE';
}

// Generic methods and overloads survive in a client of a class, if they are asynchronous already.
export class Generic {
  async same<T>(value: T): Promise<T> {
    return value;
  }
  async over(x: string): Promise<string>;
  async over(x: number): Promise<number>;
  async over(x: string | number): Promise<string | number> {
    return x;
  }
  maybe(x: number): Promise<number> | number {
    return x;
  }
  untyped(x: number): unknown {
    return x;
  }
  *lines(): Generator<string> {
    yield 'a';
  }
}
declare const generic: RpcClient<Generic>;
export const results: [Promise<string>, Promise<number>, Promise<string>, Promise<number>, Promise<number>] = [
  generic.same('x'),
  generic.same(1),
  generic.over('x'),
  generic.over(1),
  generic.maybe(1),
];
same<Equal<ReturnType<typeof generic.untyped>, Promise<unknown>>>();
// @ts-expect-error no such overload
void generic.over(true);

// Interfaces and plain object types are services too.
declare const written: RpcClient<{ add(x: number): number; readonly name: string }>;
same<Equal<ReturnType<typeof written.add>, Promise<number>>>();
same<Equal<typeof written.name, never>>();

// Doubles: plain functions, any of them.
export const double: RpcDouble<typeof payments> = {
  charge: (orderId, paid) => ({ id: '1', orderId, paid }),
  refund: async ({ orderId }) => ({ id: '1', orderId, paid: euro }),
};
// @ts-expect-error the double returns the wrong type
export const wrongDouble: RpcDouble<typeof payments> = { charge: () => 1 };
// @ts-expect-error no such rpc
export const unknownDouble: RpcDouble<typeof payments> = { chrage: () => 1 };

export async function repeated(): Promise<unknown> {
  const sum: number = await orders.add.with({ idempotent: true, retries: 1 })(1, 2);
  // @ts-expect-error a number
  orders.add.with({ retries: 'often' });
  // @ts-expect-error true or false
  orders.add.with({ idempotent: 1 });
  return sum;
}
