import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startDescribed } from '../../../../tests/support/described-services.ts';
import { userId } from '../core/context-dependencies.ts';
import { defineContract } from '../core/contract.ts';
import { defineService } from '../core/service.ts';
import { rpc } from '../rpc/rpc.ts';
import type { CallArguments } from '../transport/rpc-transport.ts';

class Shop {
  user = userId();
  price(item: string, count = 1): string {
    return `${item} x ${count}`;
  }
  who(): unknown {
    return this.user;
  }
  sell(order: { id: number }): number {
    return order.id;
  }
}
const shop = defineService(Shop, 'shop', {
  price: rpc(),
  who: rpc(),
  sell: rpc({ params: z.object({ id: z.int() }) }),
});

const none = { args: [], kwargs: {} };

describe('a call by name', () => {
  test('is answered', async () => {
    const { client } = await startDescribed([shop]);
    const listing = await client.list();
    expect(await client.call(listing, 'shop', 'price', { args: ['tea'], kwargs: { count: 2 } })).toBe('tea x 2');
    expect(await client.call(listing, 'shop', 'sell', { args: [], kwargs: { id: 7 } })).toBe(7);
  });

  test('takes along the context as it is at that moment', async () => {
    const { client, context } = await startDescribed([shop]);
    const listing = await client.list();
    expect(await client.call(listing, 'shop', 'who', none)).toBeUndefined();
    context['user_id'] = 5;
    expect(await client.call(listing, 'shop', 'who', none)).toBe(5);
  });

  test('of a method that is not there names what is near, or what there is', async () => {
    const { client } = await startDescribed([shop]);
    const listing = await client.list();
    const missing = async (method: string) => client.call(listing, 'shop', method, none);
    await expect(missing('prise')).rejects.toThrow("shop has no rpc 'prise' (did you mean 'price'?)");
    await expect(missing('refund')).rejects.toThrow("shop has no rpc 'refund'; it has price, who, sell");
    await expect(missing('prise')).rejects.toMatchObject({ code: 'MYCEL_METHOD_NOT_FOUND' });
  });

  test('of a service that is not there names what is near', async () => {
    const { client } = await startDescribed([shop], ['shopping']);
    const call = client.call(await client.list(), 'shopp', 'price', none);
    await expect(call).rejects.toThrow(/unknown service 'shopp'.*\(did you mean 'shop' or 'shopping'\?\)$/);
  });

  test('whose arguments do not fit is refused without being sent', async () => {
    const { client } = await startDescribed([shop]);
    const listing = await client.list();
    const refused = async (method: string, args: CallArguments) =>
      client.call(listing, 'shop', method, args).catch((error: unknown) => error);
    const signature = await refused('price', none);
    expect(signature).toMatchObject({
      code: 'MYCEL_INCORRECT_SIGNATURE',
      message: "shop.price needs an argument 'item'; it takes (item, count = ...)",
    });
    const values = await refused('sell', { args: [], kwargs: { id: 'x' } });
    expect(values).toMatchObject({ code: 'MYCEL_INVALID_ARGUMENTS' });
    // What a callee answers has one.
    for (const error of [signature, values]) expect(error).not.toHaveProperty('origin');
  });
});

test('an event is held against the contract of its service', async () => {
  class Orders {}
  const contract = defineContract('orders', { events: { placed: z.object({ id: z.string() }) } });
  const { client, silence } = await startDescribed([shop, defineService(Orders, contract, {})]);
  await expect(client.dispatch('orders', 'placed', { id: 1 })).rejects.toThrow(
    /^the payload of event 'placed' of orders does not fit its schema: id: /,
  );
  expect(await client.dispatch('orders', 'placed', { id: 'o1' })).toEqual({ routed: false });
  expect(await client.dispatch('orders', 'undeclared', 7)).toEqual({ routed: false });
  // What cannot be asked for is left to the handlers.
  silence();
  expect(await client.dispatch('orders', 'placed', { id: 1 })).toEqual({ routed: false });
});

test('an event that nobody handles is told as such', async () => {
  const { client } = await startDescribed([shop]);
  expect(await client.dispatch('shop', 'closed', null)).toEqual({ routed: false });
});
