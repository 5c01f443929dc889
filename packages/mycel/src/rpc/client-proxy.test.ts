import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { defineContract } from '../core/contract.ts';
import { RemoteError } from '../core/remote-error.ts';
import { type AnyRpcMethod, createClientProxy } from './client-proxy.ts';
import type { CallOptions, Invoke } from './rpc-client.ts';

type Client = Record<string, AnyRpcMethod> & Record<symbol, unknown>;

function clientOf(
  invoke: Partial<ReturnType<Invoke>> = {},
  contract = undefined as Parameters<typeof createClientProxy>[0],
) {
  const calls: { method: string; args: readonly unknown[]; options: CallOptions | undefined }[] = [];
  const client = createClientProxy(contract, (method, args, options) => {
    calls.push({ method, args, options });
    return { correlationId: '1', sent: Promise.resolve(), result: () => Promise.resolve('done'), ...invoke };
  });
  return { client: client as Client, calls };
}

describe('a client whose service is known by name only', () => {
  test('has every method, each made once', async () => {
    const { client, calls } = clientOf();
    expect(await client['anything']?.(1)).toBe('done');
    expect(calls).toEqual([{ method: 'anything', args: [1], options: undefined }]);
    expect(client['anything']).toBe(client['anything']);
    expect('anything' in client).toBe(true);
  });

  test('does not call what the language, inspectors and matchers ask of any object', async () => {
    const { client, calls } = clientOf();
    expect(await Promise.resolve(client)).toBe(client);
    expect(JSON.stringify({ client })).toBe('{"client":{}}');
    expect(inspect(client)).toBeTypeOf('string');
    expect(client['toString']).toBeUndefined();
    expect(client).toEqual(client);
    expect(client[Symbol.iterator]).toBeUndefined();
    expect(Object.keys(client)).toEqual([]);
    expect(calls).toEqual([]);
  });

  test('cannot be changed', () => {
    const { client } = clientOf();
    expect(() => Object.assign(client, { add: 1 })).toThrow(TypeError);
    expect(Reflect.deleteProperty(client, 'add')).toBe(false);
  });
});

describe('a client of a contract', () => {
  const contract = defineContract('math', { rpcs: { add: {}, constructor: {} } });

  test('has the rpcs of the contract and nothing else', () => {
    const { client } = clientOf({}, contract);
    expect(Object.keys(client)).toEqual(['add', 'constructor']);
    expect(client['add']).toBeTypeOf('function');
    expect(client['constructor']).not.toBe(Object);
    expect(client['subtract']).toBeUndefined();
    expect('subtract' in client).toBe(false);
  });
});

describe('a method of a client', () => {
  test('takes options, and more of them', async () => {
    const { client, calls } = clientOf();
    const hurried = client['add']?.with({ timeout: 5 });
    await hurried?.(1);
    await hurried?.with({ headers: { a: 1 } }).safe(2);
    expect(calls.map(({ options }) => options)).toEqual([{ timeout: 5 }, { timeout: 5, headers: { a: 1 } }]);
  });

  test('in its safe form gives errors of the callee as values, and rejects with any other', async () => {
    const remote = new RemoteError('x', undefined);
    const answered = clientOf({ result: () => Promise.reject(remote) }).client;
    expect(await answered['add']?.safe()).toEqual({ ok: false, error: remote });
    const lost = clientOf({ result: () => Promise.reject(new Error('lost')) }).client;
    await expect(lost['add']?.safe()).rejects.toThrow('lost');
  });

  test('in its later form rejects if the request could not be sent', async () => {
    const { client } = clientOf({ sent: Promise.reject(new Error('not sent')) });
    await expect(client['add']?.callAsync()).rejects.toThrow('not sent');
  });
});
