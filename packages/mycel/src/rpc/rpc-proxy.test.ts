import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { defineContract } from '../core/contract.ts';
import { ServiceRunner } from '../core/runner.ts';
import { service } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import type { InboundCall } from '../transport/rpc-transport.ts';
import { rpc } from './rpc.ts';
import { rpcProxy } from './rpc-proxy.ts';

forbidUnhandledRejections();

let steps: Steps;

@service('inner')
class Inner {
  context = workerContext();

  @rpc seen(): { stack: readonly string[]; data: Record<string, unknown>; remainingMs: number | undefined } {
    const { callIdStack: stack, data, remainingMs } = this.context;
    return { stack, data, remainingMs };
  }
  @rpc async wait(): Promise<void> {
    const { signal } = this.context;
    steps.note('inner waits');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    steps.note('inner aborted');
  }
}

@service('outer')
class Outer {
  inner = rpcProxy(Inner);
  context = workerContext();

  @rpc async seen(): Promise<unknown> {
    this.context.data['added'] = 'by outer';
    const seen = await this.inner.seen();
    return { ...seen, own: this.context.callId };
  }
  @rpc async remaining(timeout?: '1s'): Promise<number> {
    const method = timeout ? this.inner.seen.with({ timeout }) : this.inner.seen;
    return (await method()).remainingMs ?? 0;
  }
  @rpc async withHeaders(): Promise<unknown> {
    return (await this.inner.seen.with({ headers: { tenant: 't1' } })()).data;
  }
  @rpc async wait(): Promise<void> {
    await this.inner.wait();
  }
  @rpc async waitWithOwnSignal(): Promise<void> {
    await this.inner.wait.with({ signal: new AbortController().signal })();
  }
}

const begin = async (options: Parameters<typeof startServices>[1] = {}) => {
  steps = new Steps();
  const services = await startServices([Inner, Outer], options);
  return { ...services, outer: services.caller.service<Outer>('outer') };
};

describe('a call made from a worker', () => {
  test('takes the call ids and the data of the worker along', async () => {
    const { outer } = await begin();
    const { stack, data, own } = (await outer.seen()) as { stack: string[]; data: object; own: string };
    expect(stack).toHaveLength(3);
    expect(stack[0]).toMatch(/^standalone_rpc_client\./);
    expect(stack[1]).toBe(own);
    expect(stack[2]).toMatch(/^inner\.seen\./);
    expect(data).toEqual({ added: 'by outer' });
  });

  test('lasts as long as the configuration says, the call itself, or the worker has left: whichever is least', async () => {
    const { outer } = await begin({ sections: { rpc: { timeout: '3s' } } });
    expect(await outer.remaining()).toBeLessThanOrEqual(3000);
    expect(await outer.remaining()).toBeGreaterThan(1000);
    expect(await outer.remaining('1s')).toBeLessThanOrEqual(1000);
    const hurried = outer.remaining.with({ timeout: 500 });
    expect(await hurried()).toBeLessThanOrEqual(500);
  });

  test('carries headers of its own', async () => {
    const { outer } = await begin();
    expect(await outer.withHeaders()).toEqual({ tenant: 't1' });
  });

  test.each(['wait', 'waitWithOwnSignal'] as const)('is given up when its own caller gives up: %s', async (method) => {
    const { outer } = await begin();
    const controller = new AbortController();
    const call = outer[method].with({ signal: controller.signal })();
    const rejected = expect(call).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
    await steps.until('inner waits');
    controller.abort();
    await rejected;
    await steps.until('inner aborted');
  });
});

describe('a client', () => {
  test('rejects with what kept the call from being answered, in its safe form too', async () => {
    const { caller } = await begin();
    const nobody = caller.service<Outer>('nobody');
    await expect(nobody.seen()).rejects.toMatchObject({ code: 'MYCEL_UNKNOWN_SERVICE' });
    await expect(nobody.seen.safe()).rejects.toMatchObject({ code: 'MYCEL_UNKNOWN_SERVICE' });
    await expect(nobody.seen.callAsync()).rejects.toMatchObject({ code: 'MYCEL_UNKNOWN_SERVICE' });
    const inner = caller.service<Inner>('inner');
    await expect(inner.wait.with({ timeout: 1 })()).rejects.toMatchObject({ code: 'MYCEL_CALL_TIMEOUT' });
  });

  test('refuses options that cannot work where they are given', async () => {
    const { outer } = await begin();
    expect(() => outer.seen.with({ timeout: 'soon' as '1s' })).toThrow('is not a duration');
  });

  test('rejects, and does not throw, for arguments that cannot be sent', async () => {
    const { caller } = await begin();
    await expect(caller.call('inner', 'seen', { args: [() => 1] })).rejects.toMatchObject({
      code: 'MYCEL_UNSERIALISABLE',
    });
  });

  test('sends the members of one object by name, if the contract has one schema for it', async () => {
    const contract = defineContract('ordering', { rpcs: { order: { params: z.object({ id: z.string() }) } } });
    const { caller, transport } = await begin();
    const arrived = deferred<InboundCall>();
    await transport.rpc.serve('ordering', { prefetch: 1 }, async (call) => {
      arrived.resolve(call);
      return { kind: 'drop' };
    });
    void caller
      .service(contract)
      .order.with({ timeout: 50 })({ id: 'o1' })
      .catch(() => {});
    expect(await arrived.promise).toMatchObject({ args: [], kwargs: { id: 'o1' } });
  });

  test('stands for its service in the manifest, and needs its transport at the start', async () => {
    const { runner } = await begin();
    const [proxy] = runner.containers[1]?.fields ?? [];
    expect(proxy?.provider.describe()).toEqual({ service: 'inner' });
    const alone = new ServiceRunner([Outer], { logger: recordingLogger([]) });
    await expect(alone.start()).rejects.toThrow("no 'transport' was given");
  });
});
