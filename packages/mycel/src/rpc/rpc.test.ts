import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { defineContract } from '../core/contract.ts';
import { RemoteError, remoteError } from '../core/remote-error.ts';
import { defineService, service } from '../core/service.ts';
import { rpc } from './rpc.ts';
import {
  IncorrectSignatureError,
  InvalidArgumentsError,
  InvalidResultError,
  MethodNotFoundError,
  UnserialisableResultError,
} from './rpc-errors.ts';
import { rpcProxy } from './rpc-proxy.ts';

forbidUnhandledRejections();

const Money = z.object({ amount: z.int().positive(), currency: z.enum(['EUR', 'USD']) });
class CardDeclined extends remoteError('rpc_test.CardDeclined', z.object({ limit: z.int() })) {}
class NoReason extends remoteError('rpc_test.NoReason') {}

const payments = defineContract('payments', {
  rpcs: {
    charge: { params: [z.string(), Money], returns: z.object({ id: z.string() }), throws: [CardDeclined] },
    refund: { params: z.object({ orderId: z.string(), reason: z.string().default('none') }), returns: z.string() },
  },
});

class PlainMath {
  add(x: number, y: number): number {
    return x + y;
  }
  async addLater(x: number, y = 10): Promise<number> {
    return Promise.resolve(x + y);
  }
  checked(x: number, unit: string): string {
    return `${x} ${unit}`;
  }
  wrong(): number {
    return 'no number' as unknown as number;
  }
  fail(kind: string): never {
    if (kind === 'declared') throw new CardDeclined('over the limit', { limit: 5 });
    if (kind === 'bare') throw new NoReason('just so');
    throw new TypeError('boom');
  }
  unsendable(): unknown {
    return { inner: [() => 1] };
  }
  nothing(): void {}
  hidden(): string {
    return 'hidden';
  }
}

@service('math')
class DecoratedMath extends PlainMath {
  @rpc override add(x: number, y: number): number {
    return super.add(x, y);
  }
  @rpc() override async addLater(x: number, y = 10): Promise<number> {
    return super.addLater(x, y);
  }
  @rpc({ params: [z.number(), z.string().default('m')] })
  override checked(x: number, unit: string): string {
    return super.checked(x, unit);
  }
  @rpc({ returns: z.number() }) override wrong(): number {
    return super.wrong();
  }
  @rpc override fail(kind: string): never {
    return super.fail(kind);
  }
  @rpc override unsendable(): unknown {
    return super.unsendable();
  }
  @rpc override nothing(): void {}
}

const definedMath = defineService(PlainMath, 'math', {
  add: rpc(),
  addLater: rpc(),
  checked: rpc({ params: [z.number(), z.string().default('m')] }),
  wrong: rpc({ returns: z.number() }),
  fail: rpc(),
  unsendable: rpc(),
  nothing: rpc(),
});

class PlainPayments {
  charge(orderId: string, amount: z.infer<typeof Money>): { id: string } {
    if (amount.amount > 1000) throw new CardDeclined(`${orderId} is over the limit`, { limit: 1000 });
    return { id: `receipt of ${orderId}` };
  }
  refund({ orderId, reason }: { orderId: string; reason: string }): string {
    return `${orderId}: ${reason}`;
  }
}

@service(payments)
class DecoratedPayments extends PlainPayments {
  @rpc override charge(orderId: string, amount: z.infer<typeof Money>): { id: string } {
    return super.charge(orderId, amount);
  }
  @rpc(payments) override refund(order: { orderId: string; reason: string }): string {
    return super.refund(order);
  }
}

const definedPayments = defineService(PlainPayments, payments, { charge: rpc(), refund: rpc() });

@service('shop')
class Shop {
  math = rpcProxy<PlainMath>('math');
  payments = rpcProxy(payments);

  @rpc async total(x: number, y: number): Promise<string> {
    const sum = await this.math.add(x, y);
    const paid = await this.payments.charge.safe('o1', { amount: sum, currency: 'EUR' });
    return paid.ok ? paid.value.id : paid.error.message;
  }
  @rpc async broken(): Promise<void> {
    await this.math.fail('undeclared');
  }
}

describe.each([
  ['decorators', [DecoratedMath, DecoratedPayments, Shop]],
  ['defineService', [definedMath, definedPayments, Shop]],
])('rpcs declared by %s', (_form, services) => {
  const start = async () => {
    const { caller, ...rest } = await startServices(services);
    return { ...rest, math: caller.service<PlainMath>('math'), payments: caller.service(payments), caller };
  };

  test('answer with what the method returns, whether it is asynchronous or not', async () => {
    const { math } = await start();
    expect(await math.add(1, 2)).toBe(3);
    expect(await math.addLater(1, 2)).toBe(3);
    expect(await math.addLater(1)).toBe(11);
    expect((await math.nothing()) ?? null).toBeNull();
  });

  test('check arguments, fill in defaults, and name every problem', async () => {
    const { caller, math } = await start();
    await expect(caller.call('math', 'checked', { args: [1] })).resolves.toBe('1 m');
    const error = await math.checked('1' as unknown as number, 2 as unknown as string).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidArgumentsError);
    expect(error).toMatchObject({ data: { problems: [{ path: 'x' }, { path: 'unit' }] } });
    expect((error as Error).message).toMatch(/^math\.checked: x: .*; unit: /);
  });

  test('take arguments by name', async () => {
    const { caller } = await start();
    expect(await caller.call('math', 'add', { kwargs: { y: 2, x: 1 } })).toBe(3);
    expect(await caller.call('payments', 'refund', { kwargs: { orderId: 'o1' } })).toBe('o1: none');
    expect(await caller.call('payments', 'refund', { args: [{ orderId: 'o1', reason: 'r' }] })).toBe('o1: r');
  });

  test('refuse what does not fit the method, before a worker is taken', async () => {
    const { caller } = await start();
    await expect(caller.call('math', 'add', { args: [1, 2, 3] })).rejects.toBeInstanceOf(IncorrectSignatureError);
    await expect(caller.call('math', 'ad', { args: [1, 2] })).rejects.toThrow(
      "math has no rpc 'ad' (did you mean 'add' or 'addLater'?)",
    );
    await expect(caller.call('math', 'hidden')).rejects.toBeInstanceOf(MethodNotFoundError);
    await expect(caller.call('math', 'toString')).rejects.toBeInstanceOf(MethodNotFoundError);
  });

  test('do not send a result that is against their own schema', async () => {
    const { math, logs } = await start();
    await expect(math.wrong()).rejects.toBeInstanceOf(InvalidResultError);
    expect(logs.filter(({ level }) => level === 'error')).toMatchObject([
      { message: expect.stringContaining("math.wrong returned what its 'returns' schema forbids") as string },
    ]);
  });

  test('say which part of a result cannot be sent', async () => {
    const { math } = await start();
    const error = await math.unsendable().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnserialisableResultError);
    expect((error as Error).message).toContain('inner[0]');
  });

  test('answer with declared errors as they were thrown', async () => {
    const { math } = await start();
    const declared = await math.fail('declared').catch((e: unknown) => e);
    expect(declared).toBeInstanceOf(CardDeclined);
    expect(declared).toMatchObject({ message: 'over the limit', data: { limit: 5 }, code: 'rpc_test.CardDeclined' });
    await expect(math.fail('bare')).rejects.toBeInstanceOf(NoReason);
  });

  test('answer with undeclared errors as RemoteError, through services in between too', async () => {
    const { math, caller } = await start();
    const error = (await math.fail('other').catch((e: unknown) => e)) as RemoteError;
    expect(error.constructor).toBe(RemoteError);
    expect(error).toMatchObject({ message: 'math.fail failed: TypeError: boom', origin: { type: 'TypeError' } });
    await expect(caller.service(Shop).broken()).rejects.toMatchObject({
      origin: { type: 'RemoteError', path: 'nameko.exceptions.RemoteError', args: ['TypeError boom'] },
    });
  });

  test('log undeclared errors as errors and declared ones as warnings', async () => {
    const { math, logs } = await start();
    await math.fail.safe('declared');
    await math.fail.safe('other');
    const levels = logs.filter(({ message }) => message.startsWith('math.fail threw')).map(({ level }) => level);
    expect(levels).toEqual(['warn', 'error']);
  });

  test('offer the safe form, in which answers are values', async () => {
    const { payments } = await start();
    const paid = await payments.charge.safe('o1', { amount: 1, currency: 'EUR' });
    expect(paid).toEqual({ ok: true, value: { id: 'receipt of o1' } });
    const declined = await payments.charge.safe('o1', { amount: 9999, currency: 'EUR' });
    expect(!declined.ok && declined.error instanceof CardDeclined && declined.error.data.limit).toBe(1000);
    const invalid = await payments.charge.safe('o1', { amount: -1, currency: 'EUR' });
    expect(invalid.error).toBeInstanceOf(InvalidArgumentsError);
  });

  test('are called from a service as from outside', async () => {
    const { caller } = await start();
    const shop = caller.service<Shop>('shop');
    expect(await shop.total(1, 2)).toBe('receipt of o1');
    expect(await shop.total(1000, 2)).toBe('o1 is over the limit');
    expectTypeOf(shop.total).returns.resolves.toBeString();
  });

  test('offer a form that is sent now and answered later', async () => {
    const { math } = await start();
    const reply = await math.add.callAsync(1, 2);
    expect(reply.correlationId).toMatch(/^[\da-f-]{36}$/);
    expect(await reply.result()).toBe(3);
    expect(reply.result()).toBe(reply.result());
    const failing = await math.fail.callAsync('other');
    await expect(failing.result()).rejects.toBeInstanceOf(RemoteError);
    await math.fail.callAsync('nobody asks for the result');
  });
});
