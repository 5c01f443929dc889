import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { inboundCall } from '../../../../tests/support/inbound-call.ts';
import { type MemoryServicesOptions, startServices } from '../../../../tests/support/memory-services.ts';
import { spendTime } from '../../../../tests/support/spend-time.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { defineContract } from '../core/contract.ts';
import { ServiceRunner } from '../core/runner.ts';
import { service } from '../core/service.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { MemoryBroker } from '../testing/memory-broker.ts';
import { MemoryTransport } from '../testing/memory-transport.ts';
import { transportResource } from '../transport/transport-resource.ts';
import type { InboundCall } from '../transport/rpc-transport.ts';
import type { RpcEntrypoint } from './rpc-entrypoint.ts';
import { CalleeCrashedError } from './rpc-errors.ts';
import { rpc } from './rpc.ts';

forbidUnhandledRejections();

let steps: Steps;
let broker: MemoryBroker;
let runs: number;
let gate: Deferred<void>;

beforeEach(() => {
  steps = new Steps();
  broker = new MemoryBroker();
  runs = 0;
  gate = deferred();
});

afterEach(() => gate.resolve());

@service('frail')
class Frail {
  @rpc async hang(): Promise<unknown> {
    runs += 1;
    steps.note(`run ${runs}`);
    return gate.promise;
  }
  @rpc({ atMostOnce: true }) async once(): Promise<unknown> {
    runs += 1;
    steps.note(`run ${runs}`);
    return gate.promise;
  }
  @rpc({ atMostOnce: true }) double(x: number): number {
    return x * 2;
  }
}

const start = (options: MemoryServicesOptions = {}) => startServices([Frail], { broker, ...options });

describe('a call whose callees end', () => {
  test('is answered with an error when it has ended three of them', async () => {
    const [first, ...others] = [await start(), start, start];
    const call = first.caller.service<Frail>('frail').hang();
    await steps.until('run 1');
    await first.runner.kill();
    for (const [index, another] of others.entries()) {
      const { runner } = await another();
      await steps.until(`run ${index + 2}`);
      await runner.kill();
    }
    const { logs } = await start();
    await expect(call).rejects.toThrow(CalleeCrashedError);
    await expect(call).rejects.toMatchObject({
      code: 'MYCEL_CALLEE_CRASHED',
      data: { returns: 3 },
      message: expect.stringMatching(/^frail\.hang was given up: 3 instances/) as string,
    });
    expect(runs).toBe(3);
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ returns: 3 }) as object }),
    );
  });

  test('is given up after as many as the configuration says', async () => {
    const { caller, runner } = await start();
    const call = caller.service<Frail>('frail').hang();
    await steps.until('run 1');
    await runner.kill();
    await start({ sections: { rpc: { poison_after: 1 } } });
    await expect(call).rejects.toMatchObject({ data: { returns: 1 } });
    expect(runs).toBe(1);
  });
});

test('calls that come back are counted on the transport of the service', async () => {
  const crashed = await start();
  const client = crashed.caller.service<Frail>('frail');
  const call = client.hang();
  await steps.until('run 1');
  await crashed.runner.kill();
  const transport = new MemoryTransport({ broker });
  const runner = new ServiceRunner([Frail], { maxWorkers: 1, resources: [transportResource(transport)] });
  onTestFinished(() => runner.stop());
  await runner.start();
  await steps.until('run 2');
  gate.resolve();
  await call;
  expect(transport.counters.toJSON()).toMatchObject({ calls_redelivered: { 'frail.hang': 1 } });
});

test('what was not begun goes back as such, with the time that is left of it', async () => {
  const { runner } = await start({ maxWorkers: 1 });
  const hang = runner.containers[0]?.entrypoints.find(({ method }) => method === 'hang') as RpcEntrypoint;
  const [begun, waiting] = [1, 2].map(() => hang.answer(inboundCall('hang', { timeoutMs: 5000 })));
  await steps.until('run 1');
  spendTime(5);
  await runner.kill();
  expect(await begun).toMatchObject({ kind: 'requeue', wasStarted: true });
  const settlement = await waiting;
  expect(settlement).toMatchObject({ kind: 'requeue', wasStarted: false, timeoutMs: expect.any(Number) as number });
  if (settlement?.kind === 'requeue') expect(settlement.timeoutMs).toBeLessThanOrEqual(4995);
});

describe('a method that runs at most once', () => {
  test('is not run by another instance when its own has ended', async () => {
    const { caller, runner } = await start();
    const call = caller.service<Frail>('frail').once.with({ timeout: 2000 })();
    await steps.until('run 1');
    expect(broker.queue('rpc-frail')).toMatchObject({ ready: 0, unsettled: 0 });
    await runner.kill();
    await start();
    await expect(call).rejects.toMatchObject({ code: 'MYCEL_CALL_TIMEOUT' });
    expect(runs).toBe(1);
  });

  test('is run by another instance if its own has ended before its turn came', async () => {
    const { caller, runner } = await start({ maxWorkers: 1, sections: { rpc: { prefetch: 2 } } });
    const client = caller.service<Frail>('frail');
    const busy = client.hang();
    await steps.until('run 1');
    const waiting = await client.double.callAsync(21);
    await runner.kill();
    await start();
    expect(await waiting.result()).toBe(42);
    gate.resolve();
    await busy;
  });

  test.each([
    ['its caller has given up', undefined, 0, (call: InboundCall): void => call.canceller?.cancel(new Error('enough'))],
    ['its time is up', 20, 1, (): void => spendTime(25)],
  ])('is not run if %s by the time the broker has forgotten it', async (_what, timeoutMs, expired, meanwhile) => {
    const { runner, logs } = await start();
    const once = runner.containers[0]?.entrypoints.find(({ method }) => method === 'once') as RpcEntrypoint;
    const accept = async (): Promise<boolean> => {
      meanwhile(call);
      return true;
    };
    const call = inboundCall('once', { timeoutMs, accept });
    gate.resolve();
    expect(await once.answer(call)).toEqual({ kind: 'drop' });
    expect(runs).toBe(0);
    expect(logs.filter(({ message }) => message.includes('its deadline had passed'))).toHaveLength(expired);
  });

  test('answers as any other', async () => {
    const { caller } = await start();
    expect(await caller.service<Frail>('frail').double(4)).toBe(8);
    expect(broker.queue('rpc-frail')).toMatchObject({ ready: 0, unsettled: 0 });
  });

  test('cannot be idempotent as well', async () => {
    const contract = defineContract('both', { rpcs: { act: { idempotent: true } } });
    @service(contract)
    class Both {
      @rpc(contract, { atMostOnce: true }) act(): void {}
    }
    await expect(startServices([Both])).rejects.toThrow("both.act: its callers repeat it because it is 'idempotent'");
  });
});

test('a method that is neither idempotent nor not is refused', () => {
  // @ts-expect-error a text is no boolean
  expect(() => defineContract('odd', { rpcs: { act: { idempotent: 'yes' } } })).toThrow("'idempotent' is neither");
});
