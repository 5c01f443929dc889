import { describe, expect, test } from 'vitest';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { type RemoteError, remoteError } from '../core/remote-error.ts';
import { service } from '../core/service.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { rpcProxy } from './rpc-proxy.ts';
import { rpc } from './rpc.ts';

forbidUnhandledRejections();

const secret = 'host db-7, user admin';
class Declined extends remoteError('exposed_errors_test.Declined') {}
class OutOfStock extends Error {
  override readonly name = 'OutOfStock';
}

@service('inner')
class Inner {
  @rpc fail(): never {
    throw new RangeError(secret);
  }
}

@service('outer')
class Outer {
  inner = rpcProxy(Inner);
  nobody = rpcProxy<Inner>(secret);

  @rpc({ expected: [OutOfStock] }) fail(kind?: string): never {
    if (kind === 'declared') throw new Declined(secret);
    if (kind === 'expected') throw new OutOfStock(secret);
    if (kind === 'framework') throw new DisconnectedError(secret);
    throw new TypeError(secret);
  }
  @rpc async relay(): Promise<unknown> {
    return this.inner.fail();
  }
  @rpc async lookUp(): Promise<unknown> {
    return this.nobody.fail();
  }
}

async function failure(exposes: boolean | undefined, method: 'fail' | 'relay' | 'lookUp', kind?: string) {
  const rpcs = exposes === undefined ? {} : { expose_errors: exposes };
  const { caller, logs } = await startServices([Inner, Outer], { sections: { rpc: rpcs } });
  const error = await caller.call('outer', method, { args: kind === undefined ? [] : [kind] }).then(
    () => expect.fail('it was answered'),
    (reason: unknown) => reason as RemoteError,
  );
  return { error, shown: JSON.stringify([error.message, error.origin, error.data]), logs };
}

describe('where messages are kept from callers', () => {
  test('an error that is no part of the answer arrives with its class, and where its message is', async () => {
    const { error, shown } = await failure(false, 'fail');
    expect(shown).not.toContain('db-7');
    expect(error.origin).toMatchObject({ type: 'TypeError', path: 'javascript.TypeError' });
    expect(error.message).toMatch(
      /^outer\.fail failed: TypeError: the service keeps the message to itself; its log has it under the call id outer\.fail\.[-\w]+$/,
    );
  });

  test('the log has the message, the stack and that call id, once', async () => {
    const { error, logs } = await failure(false, 'fail');
    const lines = logs.filter(({ fields, message }) => message.includes(secret) || 'err' in fields);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'error', fields: { err: { message: secret } } });
    expect(error.message).toContain(lines[0]?.fields['callId']);
  });

  test.each([
    ['declared', 'declared'],
    ['expected', 'expected'],
  ])('an error that is %s is told in full', async (_what, kind) => {
    expect((await failure(false, 'fail', kind)).error.message).toContain(secret);
  });

  test.each([
    ["an error of Mycel's own", 'fail', 'framework', 'DisconnectedError'],
    ['an unknown service that the method called', 'lookUp', undefined, 'UnknownService'],
    ['an error of another service', 'relay', undefined, 'RemoteError'],
  ] as const)('%s passes through without its message', async (_what, method, kind, type) => {
    const { error, shown } = await failure(false, method, kind);
    expect(shown).not.toContain('db-7');
    expect(error.origin?.type).toBe(type);
  });
});

describe('where messages are told', () => {
  test.each([
    ['that is configured', true],
    ['the broker is in this process', undefined],
  ])('because %s, they arrive', async (_why, exposes) => {
    expect((await failure(exposes, 'fail')).error.message).toBe(`outer.fail failed: TypeError: ${secret}`);
    expect((await failure(exposes, 'relay')).error.message).toContain(secret);
  });
});
