import {
  connect,
  contextData,
  createLogger,
  eventDispatcher,
  eventHandler,
  remoteError,
  rpc,
  rpcProxy,
  runServices,
  service,
  type ServiceRunner,
} from 'mycel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { useFreshVhost } from '../support/fresh-vhost.ts';
import { NamekoPeer, pythonWithKombu } from '../support/nameko-peer.ts';
import { rabbitVersion } from '../support/rabbit.ts';

class Declined extends remoteError('lab.Declined', z.object({ limit: z.number() })) {}
class PaymentError extends remoteError('payments.errors.PaymentError') {}

interface PythonService {
  echo(...args: unknown[]): Promise<{ args: unknown[]; kwargs: object; headers: Record<string, unknown> }>;
  fail(error?: object): Promise<never>;
}

const heard: unknown[] = [];

@service('lab')
class Lab {
  python = rpcProxy<PythonService>('py_lab');
  dispatch = eventDispatcher();
  userId = contextData('user_id');

  @rpc add(x: number, y: number): number {
    return x + y;
  }

  @rpc who(): unknown {
    return this.userId;
  }

  @rpc act(): void {}

  @rpc async relayFailure(error: object): Promise<never> {
    return this.python.fail(error);
  }

  @rpc decline(): never {
    throw new Declined('over the limit', { limit: 5 });
  }

  @rpc async relay(value: unknown): Promise<unknown> {
    return this.python.echo(value);
  }

  @rpc async announce(value: unknown): Promise<void> {
    await this.dispatch('announced', value);
  }

  @eventHandler('py_lab', 'said') onSaid(payload: unknown): void {
    heard.push(payload, this.userId);
  }
}

const rabbit = useFreshVhost();
let runner: ServiceRunner;
let python: NamekoPeer;

beforeEach(async () => {
  const config = { amqp: { uri: rabbit.uri, topology: 'nameko' }, web: { address: '127.0.0.1:0' } };
  runner = await runServices([Lab], { config, logger: await createLogger({ level: 'silent' }) });
  python = new NamekoPeer(rabbit.uri);
  heard.length = 0;
});

afterEach(async () => {
  python[Symbol.dispose]();
  await runner.stop();
});

const call = (method: string, given: object = {}) =>
  python.ask({ op: 'call', service: 'lab', method, ...given }, 'reply');

describe.skipIf(!pythonWithKombu)('a Python client that speaks as Nameko does', () => {
  it.each([
    ['positional', { args: [1, 2] }],
    ['named', { kwargs: { x: 1, y: 2 } }],
    ['both', { args: [1], kwargs: { y: 2 } }],
  ])('calls a method with %s arguments', async (_how, given) => {
    expect(await call('add', given)).toMatchObject({
      reply: { result: 3, error: null },
      content_type: 'application/json',
      headers: {},
    });
  });

  it.each([
    ['nope', {}, 'MethodNotFound', ['nope']],
    [
      'add',
      { args: [1] },
      'IncorrectSignature',
      [expect.stringContaining("missing 1 required positional argument: 'y'")],
    ],
    ['add', { args: [1, 2, 3] }, 'IncorrectSignature', [expect.stringContaining('takes 2 arguments but 3 were given')]],
    [
      'add',
      { kwargs: { x: 1, z: 2 } },
      'IncorrectSignature',
      [expect.stringContaining("unexpected keyword argument 'z'")],
    ],
  ])('gets the error of Nameko for %s(%j)', async (method, given, type, args) => {
    const { reply } = await call(method, given);
    expect(reply).toMatchObject({
      result: null,
      error: { exc_type: type, exc_path: `nameko.exceptions.${type}`, exc_args: args },
    });
  });

  it('gets a result of null from a method that returns nothing', async () => {
    expect((await call('act')).reply).toEqual({ result: null, error: null });
  });

  it('has what it compressed read', async () => {
    expect((await call('add', { args: [1, 2], compression: 'gzip' })).reply).toEqual({ result: 3, error: null });
  });

  it('gets a declared error under its code, so that a registered class can be raised', async () => {
    expect((await call('decline')).reply).toEqual({
      result: null,
      error: {
        exc_type: 'Declined',
        exc_path: 'lab.Declined',
        exc_args: ['over the limit'],
        value: 'over the limit',
        mycel: { code: 'lab.Declined', data: { limit: 5 } },
      },
    });
  });

  it.each([7, 2 ** 31 + 5, -(2 ** 40), 1.5, 'Zoë', [[1, 'x']], { roles: ['admin'] }])(
    'has its context value %j understood',
    async (userId) => {
      const headers = { 'nameko.user_id': userId, 'nameko.call_id_stack': ['standalone_rpc_proxy.call.1'] };
      expect((await call('who', { headers })).reply).toEqual({ result: userId, error: null });
    },
  );
});

/** A large negative integer, and how py-amqp reads it of the broker that these tests use (docs/reference/wire.md). */
const negative = -(2 ** 40);
const readNegative = /^[123]\./.test(await rabbitVersion()) ? negative : 2n ** 64n - 2n ** 40n;

describe.skipIf(!pythonWithKombu)('a Python service that speaks as Nameko does', () => {
  it.each([1000, -300, -7, 2 ** 31 + 5, negative, 1.5, true])(
    'understands the context value %j that a Mycel service sends on, and the stack of call ids',
    async (userId) => {
      await python.ask({ op: 'serve', service: 'py_lab' }, 'serving');
      await using client = await connect(rabbit.uri, { context: { user_id: userId } });
      const echoed = (await client.rpc<Lab>('lab').relay('hello')) as Awaited<ReturnType<PythonService['echo']>>;
      expect(echoed).toMatchObject({ args: ['hello'], kwargs: {} });
      expect(echoed.headers['nameko.user_id']).toBe(userId === negative ? readNegative : userId);
      expect(echoed.headers['nameko.call_id_stack']).toEqual([
        expect.stringMatching(/^standalone_rpc_client\./),
        expect.stringMatching(/^lab\.relay\./),
      ]);
    },
  );

  it('has its exceptions raised at the caller with type and text', async () => {
    await python.ask({ op: 'serve', service: 'py_lab' }, 'serving');
    await using client = await connect(rabbit.uri);
    await expect(client.rpc<PythonService>('py_lab').fail()).rejects.toMatchObject({
      code: 'MYCEL_REMOTE',
      origin: { type: 'ValueError', path: 'builtins.ValueError', value: "('bad', 7)" },
    });
  });
});

describe.skipIf(!pythonWithKombu)('between two Python programs, a Mycel service', () => {
  beforeEach(async () => {
    await python.ask({ op: 'serve', service: 'py_lab' }, 'serving');
  });

  it('sends the whole context on: headers of others too, but none of its own', async () => {
    const headers = {
      'nameko.auth_token': 't',
      'nameko.nested': { roles: ['a', null], limit: negative },
      'x-foreign': 'f',
      'mycel-timeout': 60_000,
      'nameko.mycel-timeout': 4000,
      'nameko.mycel-rich': '[["date","args"]]',
    };
    const { reply } = await call('relay', { args: ['x'], headers });
    const { headers: sent } = (reply as { result: { headers: Record<string, unknown> } }).result;
    expect(sent).toEqual({
      'nameko.auth_token': 't',
      'nameko.nested': { roles: ['a', null], limit: readNegative === negative ? negative : String(readNegative) },
      'nameko.x-foreign': 'f',
      'nameko.call_id_stack': [expect.stringMatching(/^lab\.relay\./)],
      'mycel-timeout': expect.any(Number) as number,
    });
    expect(sent['mycel-timeout']).toBeLessThanOrEqual(60_000);
  });

  it('sends no more of the stack of call ids than Nameko does', async () => {
    const stack = Array.from({ length: 20 }, (_, i) => `svc.method.${i}`);
    const { reply } = await call('relay', { args: ['x'], headers: { 'nameko.call_id_stack': stack } });
    const { headers: sent } = (reply as { result: { headers: Record<string, string[]> } }).result;
    expect(sent['nameko.call_id_stack']).toEqual([...stack.slice(-10), expect.stringMatching(/^lab\.relay\./)]);
  });

  it('raises an exception it has a class for as that, and relays it as what it was', async () => {
    const error = {
      exc_type: 'PaymentError',
      exc_path: PaymentError.code,
      exc_args: ['no funds', '7'],
      value: "('no funds', 7)",
    };
    await using client = await connect(rabbit.uri);
    const failing = client.rpc<PythonService>('py_lab').fail(error);
    await expect(failing).rejects.toBeInstanceOf(PaymentError);
    await expect(failing).rejects.toMatchObject({ name: 'PaymentError', origin: { args: error.exc_args } });
    expect((await call('relayFailure', { args: [error] })).reply).toMatchObject({ result: null, error });
  });

  it('relays another exception as a RemoteError that names it', async () => {
    const error = { exc_type: 'KeyError', exc_path: 'builtins.KeyError', exc_args: ['k'], value: "'k'" };
    expect((await call('relayFailure', { args: [error] })).reply).toMatchObject({
      error: { exc_type: 'RemoteError', exc_path: 'nameko.exceptions.RemoteError', exc_args: ["KeyError 'k'"] },
    });
  });
});

describe.skipIf(!pythonWithKombu)('events between Python and Mycel', () => {
  it('reach a Mycel handler with payload and context', async () => {
    const headers = { 'nameko.user_id': 1000 };
    await python.ask({ op: 'dispatch', source: 'py_lab', type: 'said', payload: { text: 'é' }, headers }, 'dispatched');
    await expect.poll(() => heard).toEqual([{ text: 'é' }, 1000]);
  });

  it('reach a Python handler, and both share a queue that Nameko declared', async () => {
    const subscription = {
      op: 'subscribe',
      source: 'lab',
      type: 'announced',
      service: 'py_lab',
      method: 'on_announced',
    };
    await python.ask(subscription, 'subscribed');
    await using client = await connect(rabbit.uri, { context: { language: 'fr' } });
    await client.rpc<Lab>('lab').announce([1, null, 'x']);
    expect(await python.next('event')).toMatchObject({ event: [1, null, 'x'], headers: { 'nameko.language': 'fr' } });
  });
});
