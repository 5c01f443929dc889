import { expect, onTestFinished, test } from 'vitest';
import { startServices } from '../../../../tests/support/memory-services.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { defineContract } from '../core/contract.ts';
import { service } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { RpcCaller, standaloneOrigin } from './rpc-caller.ts';
import { rpc } from './rpc.ts';

forbidUnhandledRejections();

const stock = defineContract('stock', { rpcs: { count: { idempotent: true }, take: {} } });

/** A service whose first answers are lost: its caller's connection is cut while it works. */
async function begin(losses: number) {
  const broker = new MemoryBroker();
  const transport = new MemoryTransport({ broker });
  onTestFinished(() => transport.close());
  const steps = new Steps();
  const stacks = new Array<string | undefined>();
  const never: Deferred<number> = deferred();
  const answer = (context: { readonly parentCallId: string | undefined }): number | Promise<number> => {
    stacks.push(context.parentCallId);
    steps.note(`run ${stacks.length}`);
    if (stacks.length > losses) return stacks.length;
    transport.cut();
    return never.promise;
  };
  @service(stock)
  class Stock {
    context = workerContext();
    @rpc count(): unknown {
      return answer(this.context);
    }
    @rpc take(): unknown {
      return answer(this.context);
    }
  }
  const { runner } = await startServices([Stock], { broker });
  onTestFinished(() => never.resolve(0));
  const caller = new RpcCaller({ transport, timeoutMs: 20_000, origin: standaloneOrigin() });
  return { client: caller.service(stock), named: caller.service<Stock>('stock'), stacks, steps, runner };
}

test('a call of an idempotent method is sent again when its connection was lost, under the same call id', async () => {
  const { client, stacks } = await begin(2);
  expect(await client.count()).toBe(3);
  expect(new Set(stacks).size).toBe(1);
});

test('a call that nobody calls idempotent is not', async () => {
  const { client, stacks } = await begin(1);
  await expect(client.take()).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
  expect(stacks).toHaveLength(1);
});

test('a caller that does not know the contract says so itself, and one that does may say otherwise', async () => {
  const { client, named, stacks } = await begin(1);
  await expect(client.count.with({ idempotent: false })()).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
  stacks.length = 0;
  expect(await named.take.with({ idempotent: true })()).toBe(2);
});

test.each([0, 1])('a call is sent again %d times at most if its caller says so', async (retries) => {
  const { client, stacks } = await begin(3);
  await expect(client.count.with({ retries })()).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
  expect(stacks).toHaveLength(retries + 1);
});

test('a call is sent again three times at most, unless its caller says so', async () => {
  const { client, stacks } = await begin(9);
  await expect(client.count()).rejects.toMatchObject({ code: 'MYCEL_DISCONNECTED' });
  expect(stacks).toHaveLength(4);
});

test('a call that is cancelled between two attempts ends at once and is not sent again', async () => {
  const { client, stacks, steps } = await begin(1);
  const controller = new AbortController();
  const call = client.count.with({ signal: controller.signal })();
  await steps.until('run 1');
  controller.abort();
  await expect(call).rejects.toMatchObject({ code: 'MYCEL_CALL_CANCELLED' });
  expect(stacks).toHaveLength(1);
});

test('a call whose result is asked for later is sent again meanwhile', async () => {
  const { client, steps } = await begin(1);
  const reply = await client.count.callAsync();
  await steps.until('run 2');
  expect(await reply.result()).toBe(2);
});

test.each([-1, 0.5, Number.NaN])('%d is no number of retries', async (retries) => {
  const { client } = await begin(0);
  expect(() => client.count.with({ retries })).toThrow('count.with({ retries })');
});
