import { describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../../../tests/support/manual-clock.ts';
import { deferred } from '../foundation/deferred.ts';
import type { HealthSource } from './health-check.ts';
import { HealthMonitor, type MonitoredProcess, type MonitoredService } from './health-monitor.ts';

type Script = { -readonly [K in keyof MonitoredProcess]: MonitoredProcess[K] };

function serviceOf(
  serviceName: string,
  state: MonitoredService['state'],
  ...healthSources: HealthSource[]
): MonitoredService {
  return { serviceName, instanceId: `${serviceName}-1`, state, healthSources };
}

/** A process in the state that a test says; one that is well unless it says so. */
function processOf(script: Partial<Script> = {}): Script {
  return {
    state: 'running',
    hasStarted: true,
    failure: undefined,
    services: [serviceOf('shop', 'running')],
    healthSources: [],
    ...script,
  };
}

const lost: HealthSource = {
  name: 'transport',
  ask: () => ({ ready: false, state: 'lost', reason: 'amqp://shop:secret@broker/ hung up' }),
};

describe('a process whose services run', () => {
  test('is alive, has started and is ready', async () => {
    const since = new Date();
    const source = { name: 'event onSold', ask: () => ({ ready: true, state: 'consuming', since }) };
    const monitor = new HealthMonitor(() => processOf({ services: [serviceOf('shop', 'running', source)] }));
    const services = [{ service: 'shop', instance: 'shop-1', state: 'running' }];
    expect(monitor.live()).toEqual({ ok: true, state: 'running', reasons: [], services });
    expect(monitor.startup()).toEqual({ ok: true, state: 'running', reasons: [], services });
    expect(await monitor.ready()).toEqual({
      ok: true,
      state: 'running',
      reasons: [],
      services: [
        {
          service: 'shop',
          instance: 'shop-1',
          state: 'running',
          ready: true,
          checks: [{ name: 'event onSold', ready: true, state: 'consuming', since }],
        },
      ],
      shared: [],
    });
  });

  test('is not ready, but alive, while something that they share is not', async () => {
    const monitor = new HealthMonitor(() => processOf({ healthSources: [lost] }));
    expect(await monitor.ready()).toMatchObject({ ok: false, reasons: ['transport: amqp://shop:***@broker/ hung up'] });
    expect([monitor.live().ok, monitor.startup().ok]).toEqual([true, true]);
  });

  test('shows no password, in parts neither', async () => {
    const whole: HealthSource = {
      name: 'pool',
      ask: () => ({ ready: false, state: 'lost', parts: { one: lost.ask(new AbortController().signal) as never } }),
    };
    const monitor = new HealthMonitor(() => processOf({ healthSources: [whole] }));
    const text = JSON.stringify(await monitor.ready());
    expect(text).toContain('shop:***@broker');
    expect(text).not.toContain('secret');
  });

  test('is not ready while a check of one of them fails, and says of which', async () => {
    const db: HealthSource = { name: 'database db', ask: async () => Promise.reject(new Error('too many clients')) };
    const monitor = new HealthMonitor(() =>
      processOf({ services: [serviceOf('shop', 'running', db), serviceOf('desk', 'running')] }),
    );
    const answer = await monitor.ready();
    expect(answer.reasons).toEqual(['shop, database db: too many clients']);
    expect(answer.services.map(({ ready }) => ready)).toEqual([false, true]);
  });

  test('asks its checks side by side, and names the one that hangs', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const hangs = (name: string): HealthSource => ({
      name,
      ask: () => {
        asked.push(name);
        return new Promise(() => {});
      },
    });
    const services = [serviceOf('shop', 'running', hangs('a'), hangs('b'))];
    const monitor = new HealthMonitor(() => processOf({ services }), { clock, timeoutMs: 50 });
    const answer = monitor.ready();
    await expect.poll(() => asked).toEqual(['a', 'b']);
    clock.advance(50);
    expect((await answer).reasons).toEqual([
      'shop, a: gave no answer within 50 ms',
      'shop, b: gave no answer within 50 ms',
    ]);
  });
});

describe('a process that starts', () => {
  test('has not started and is not ready, and no check is asked before its service runs', async () => {
    const asked = vi.fn();
    const early: HealthSource = { name: 'db', ask: asked };
    const monitor = new HealthMonitor(() =>
      processOf({ state: 'starting', hasStarted: false, services: [serviceOf('shop', 'starting', early)] }),
    );
    expect(monitor.live().ok).toBe(true);
    expect(monitor.startup().reasons).toEqual(['the services have not all started yet', 'shop is starting']);
    expect((await monitor.ready()).reasons).toEqual(['the process is starting', 'shop is starting']);
    expect(asked).not.toHaveBeenCalled();
  });
});

describe('a process that stops', () => {
  test('is not ready at once, though its checks are content, and has started all the same', async () => {
    const monitor = new HealthMonitor(() =>
      processOf({ state: 'stopping', services: [serviceOf('shop', 'stopping')] }),
    );
    expect((await monitor.ready()).ok).toBe(false);
    expect([monitor.live().ok, monitor.startup().ok]).toEqual([true, true]);
  });

  test('is not ready even for a probe that was waiting for a check', async () => {
    const gate = deferred();
    const slow: HealthSource = { name: 'db', ask: () => gate.promise };
    const script = processOf({ services: [serviceOf('shop', 'running', slow)] });
    const answer = new HealthMonitor(() => ({ ...script })).ready();
    script.state = 'stopping';
    gate.resolve();
    expect(await answer).toMatchObject({ ok: false, state: 'stopping' });
  });
});

test('a process of which a container has died is not alive, and says of what without passwords', () => {
  const failure = { error: new Error('amqp://u:p4ss@b/ is no use') };
  const monitor = new HealthMonitor(() => processOf({ failure, services: [serviceOf('shop', 'killed')] }));
  expect(monitor.live()).toMatchObject({ ok: false, reasons: ['amqp://u:***@b/ is no use'] });
});
