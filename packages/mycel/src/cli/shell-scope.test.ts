import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startDescribed } from '../../../../tests/support/described-services.ts';
import { defineService } from '../core/service.ts';
import { deferred } from '../foundation/deferred.ts';
import { workerContext } from '../core/context-dependencies.ts';
import { rpc } from '../rpc/rpc.ts';
import { ShellScope } from './shell-scope.ts';

const arrived = deferred<AbortSignal>();

class Reports {
  context = workerContext();
  generate_report(a: number, b: number): number {
    return a + b;
  }
  place(order: { id: number }): number {
    return order.id;
  }
  fail(): void {
    throw new RangeError('no');
  }
  async wait(): Promise<void> {
    arrived.resolve(this.context.signal);
    await new Promise((resolve) => this.context.signal.addEventListener('abort', resolve));
  }
}
const reports = defineService(Reports, 'reports', { generate_report: rpc(), place: rpc(), fail: rpc(), wait: rpc() });

async function startScope(): Promise<ShellScope & { asked(): number; silence(): void }> {
  const { client, context, asked, silence } = await startDescribed([reports], ['ledger']);
  return Object.assign(new ShellScope(client, { context, config: {} }), { asked, silence });
}

describe('n.rpc', () => {
  test('calls by position and by name', async () => {
    const { rpc: services } = (await startScope()).names;
    const { reports: client } = services;
    expect(await client?.['generate_report']?.(4, 6)).toBe(10);
    expect(await client?.['generate_report']?.({ a: 4, b: 6 })).toBe(10);
    expect(await client?.['place']?.({ id: 7 })).toBe(7);
    expect(await client?.['generate_report']?.with({ timeout: '2s' })({ b: 1, a: 1 })).toBe(2);
    expect(() => client?.['place']?.with({ timeout: 'soon' as never })).toThrow(/not a duration/);
  });

  test('shows the services that are known, and can be awaited and printed as it is', async () => {
    const scope = await startScope();
    expect(inspect(scope.names.rpc)).toBe('no service is on the bus');
    await scope.list();
    expect(inspect(await Promise.resolve(scope.names.rpc))).toBe('services: ledger, reports');
  });

  test('shows the rpcs that are known of a service, and the parameters of each', async () => {
    const scope = await startScope();
    const { reports: client } = scope.names.rpc;
    expect([inspect(client), inspect(client?.['place'])]).toEqual(['reports: no rpcs are known', 'reports.place']);
    await scope.list();
    expect(inspect(await Promise.resolve(client))).toBe('reports: generate_report(a, b), place(order), fail(), wait()');
    expect(inspect([client?.['place'], client?.['plaice']])).toBe('[ reports.place(order), reports.plaice ]');
  });
});

test('n.call says outright what is positional and what is named', async () => {
  const { call } = (await startScope()).names;
  expect(await call('reports', 'generate_report', { args: [4], kwargs: { b: 6 } })).toBe(10);
  await expect(call('reports', 'generate_report')).rejects.toThrow("needs an argument 'a'");
});

test('n.services lists what is there, by name only where nothing else is known', async () => {
  const { services } = (await startScope()).names;
  expect(await services()).toEqual([
    {
      name: 'reports',
      instances: 1,
      rpcs: ['generate_report(a, b)', 'place(order)', 'fail()', 'wait()'],
    },
    { name: 'ledger' },
  ]);
});

test('n.dispatch tells whether anybody handles the event', async () => {
  const { dispatch } = (await startScope()).names;
  expect(await dispatch('reports', 'made')).toEqual({ routed: false });
});

test('between two keystrokes nobody is asked again', async () => {
  const scope = await startScope();
  await scope.list();
  await scope.list();
  expect(scope.asked()).toBe(1);
  await scope.list(0);
  expect(scope.asked()).toBe(2);
});

test('what is under way is waited for, whether it fails or not', async () => {
  const scope = await startScope();
  const outcomes: string[] = [];
  scope.names.rpc['reports']?.['fail']?.().catch((error: unknown) => outcomes.push(String(error)));
  void scope.names.rpc['reports']?.['place']?.({ id: 1 }).then((id) => outcomes.push(String(id)));
  await scope.settled();
  await Promise.resolve();
  expect(outcomes).toHaveLength(2);
});

test('what is under way can be given up, which its callee learns; the next call is not touched by it', async () => {
  const scope = await startScope();
  const waiting = expect(scope.names.rpc['reports']?.['wait']?.()).rejects.toThrow('cancelled');
  const signal = await arrived.promise;
  scope.cancel();
  await waiting;
  await expect.poll(() => signal.aborted).toBe(true);
  expect(await scope.names.rpc['reports']?.['place']?.({ id: 2 })).toBe(2);
});

test('a call that cannot ask who is there goes by what was known, and waits for the broker as any other', async () => {
  const scope = await startScope();
  await scope.list();
  scope.silence();
  expect(await scope.names.rpc['reports']?.['generate_report']?.({ a: 1, b: 2 })).toBe(3);
  expect(await scope.names.rpc['reports']?.['place']?.({ id: 3 })).toBe(3);
});
