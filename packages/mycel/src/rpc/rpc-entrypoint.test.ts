import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inboundCall } from '../../../../tests/support/inbound-call.ts';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { spendTime } from '../../../../tests/support/spend-time.ts';
import { defineContract } from '../core/contract.ts';
import { ServiceContainer } from '../core/container.ts';
import { remoteError } from '../core/remote-error.ts';
import { defineService, service } from '../core/service.ts';
import type { InboundCall } from '../transport/rpc-transport.ts';
import { RpcEntrypoint } from './rpc-entrypoint.ts';
import { rpc } from './rpc.ts';

class Declined extends remoteError('rpc_entrypoint_test.Declined') {}
class OutOfStock extends Error {}

@service('shop')
class Shop {
  @rpc({ params: [z.string()], returns: z.string(), throws: [Declined], sensitive: ['card'] })
  pay(card: string): string {
    return card;
  }
  @rpc({ expected: [OutOfStock] }) order(): void {
    throw new OutOfStock('none left');
  }
  @rpc({ params: [z.string().refine(async (text) => text !== 'taken', 'is taken')], returns: z.string() })
  async register(name: string): Promise<string> {
    return Promise.resolve(name);
  }
  @rpc({ params: [brokenSchema()] }) checkedByBroken(value: unknown): unknown {
    return value;
  }
  @rpc({ returns: brokenSchema() }) resultCheckedByBroken(): unknown {
    return 1;
  }
}

function brokenSchema(): z.ZodType {
  return z.unknown().transform(() => {
    throw new TypeError('the schema itself is broken');
  });
}

const call = (more: Partial<InboundCall>): InboundCall => inboundCall('pay', more);

async function entrypointOf(method: string): Promise<RpcEntrypoint> {
  const { runner } = await startServices([Shop]);
  const found = runner.containers[0]?.entrypoints.find((entrypoint) => entrypoint.method === method);
  if (!(found instanceof RpcEntrypoint)) throw new Error(`${method} is no rpc`);
  return found;
}

describe('an rpc', () => {
  test('answers a request it cannot read with what is wrong with it', async () => {
    const pay = await entrypointOf('pay');
    expect(await pay.answer(call({ malformed: 'Message missing `args` or `kwargs`' }))).toMatchObject({
      kind: 'error',
      error: { path: 'nameko.exceptions.MalformedRequest', args: ['Message missing `args` or `kwargs`'] },
    });
  });

  test('checks the signature before the schemas', async () => {
    const pay = await entrypointOf('pay');
    expect(await pay.answer(call({ args: [1, 2] }))).toMatchObject({
      error: { type: 'IncorrectSignature', value: 'pay() takes 1 argument but 2 were given; it takes (card)' },
    });
    expect(await pay.answer(call({ args: [1] }))).toMatchObject({ error: { type: 'InvalidArguments' } });
  });

  test('waits for schemas that are asynchronous', async () => {
    const register = await entrypointOf('register');
    expect(await register.answer(call({ args: ['free'] }))).toEqual({ kind: 'reply', value: 'free' });
    expect(await register.answer(call({ args: ['taken'] }))).toMatchObject({
      error: { value: 'shop.register: name: is taken' },
    });
  });

  test.each([
    ['its time is up', 20, () => spendTime(25)],
    ['its caller has given up', undefined, (waiting: InboundCall) => waiting.canceller?.cancel(new Error('enough'))],
  ])('does not run if %s when that is done', async (_what, timeoutMs, meanwhile) => {
    const register = await entrypointOf('register');
    const late = call({ args: ['free'], timeoutMs });
    const settlement = register.answer(late);
    meanwhile(late);
    expect(await settlement).toEqual({ kind: 'drop' });
  });

  test('answers with an error if one of its schemas is broken', async () => {
    const before = await entrypointOf('checkedByBroken');
    expect(await before.answer(call({ args: [1] }))).toMatchObject({
      error: { type: 'TypeError', value: 'the schema itself is broken' },
    });
    const after = await entrypointOf('resultCheckedByBroken');
    expect(await after.answer(call({}))).toMatchObject({ error: { type: 'TypeError' } });
  });

  test('describes its parameters, its errors and what must not be shown', async () => {
    const pay = await entrypointOf('pay');
    expect(pay.describe()).toEqual({
      parameters: '(card)',
      params: [{ name: 'card', schema: expect.objectContaining({ type: 'string' }) }],
      returns: expect.objectContaining({ type: 'string' }),
      throws: ['rpc_entrypoint_test.Declined'],
    });
    expect(pay.sensitive).toEqual(['card']);
  });

  test('tells the errors it expects from the others', async () => {
    const order = await entrypointOf('order');
    expect(order.isExpected(new OutOfStock())).toBe(true);
    expect(order.isExpected(new Declined('no'))).toBe(true);
    expect(order.isExpected(new Error('x'))).toBe(false);
  });
});

describe('an rpc of a contract', () => {
  const contract = defineContract('contracted', { rpcs: { echo: { params: [z.string()], returns: z.string() } } });
  class Echo {
    echo(text: string): string {
      return text;
    }
  }

  test('takes its schemas from the contract', async () => {
    const { caller } = await startServices([defineService(Echo, contract, { echo: rpc() })]);
    await expect(caller.call('contracted', 'echo', { args: [1] })).rejects.toMatchObject({
      code: 'MYCEL_INVALID_ARGUMENTS',
    });
  });

  test('may be called with an object all of whose members are left out', async () => {
    const search = defineContract('search', {
      rpcs: { find: { params: z.object({ id: z.string().default('all') }) } },
    });
    class Search {
      find({ id }: { id: string }): string {
        return id;
      }
    }
    const { caller } = await startServices([defineService(Search, search, { find: rpc() })]);
    expect(await caller.service(search).find({})).toBe('all');
    expect(await caller.call('search', 'find')).toBe('all');
  });

  test('must not declare schemas of its own beside it', () => {
    const twice = defineService(Echo, contract, { echo: rpc({ params: [z.string()] }) });
    expect(() => new ServiceContainer(twice)).toThrow('leave them to the contract');
    const options = defineService(Echo, contract, { echo: rpc({ expected: [OutOfStock] }) });
    expect(() => new ServiceContainer(options)).not.toThrow();
  });
});

describe('the declaration of an rpc', () => {
  test('is refused if a schema is none, or an error cannot travel', () => {
    expect(() => rpc({ params: [{} as never] })).toThrow('@rpc: params[0] is not a schema');
    expect(() => rpc({ returns: 'string' as never })).toThrow("@rpc: 'returns' is not a schema");
    expect(() => rpc({ throws: [OutOfStock as never] })).toThrow("'throws' holds OutOfStock, which cannot travel");
  });
});
