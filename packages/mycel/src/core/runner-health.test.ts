import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { dependency } from './dependency.ts';
import { DependencyProvider } from './dependency-provider.ts';
import { Extension } from './extension.ts';
import type { HealthMonitor } from './health-monitor.ts';
import type { SharedResource } from './resources.ts';
import { ServiceRunner } from './runner.ts';
import { defineService } from './service.ts';
import type { ServiceDefinition } from './service-definition.ts';

forbidUnhandledRejections();

const bus = resourceKey<string>('bus');

/** A dependency on the bus, whose start and health are the test's. */
class Probed extends DependencyProvider<void> {
  override readonly kind = 'probed';
  readonly #hooks: ProbedHooks;
  constructor(hooks: ProbedHooks) {
    super();
    this.#hooks = hooks;
  }
  override async setup(): Promise<void> {
    await this.host.resource(bus);
  }
  override async start(): Promise<void> {
    await this.#hooks.start?.();
  }
  override getDependency(): void {}
  override health(signal: AbortSignal): void | HealthReport | Promise<void> {
    return this.#hooks.health?.(signal);
  }
}

interface ProbedHooks {
  readonly start?: () => Promise<void>;
  readonly health?: (signal: AbortSignal) => void | HealthReport | Promise<void>;
}

function probed(hooks: ProbedHooks = {}): ServiceDefinition {
  class Shop {
    db = dependency(() => new Probed(hooks));
    run(): void {}
  }
  return defineService(Shop, 'shop', { run: fired });
}

function resource(over: Partial<SharedResource<string>> = {}): SharedResource<string> {
  return { key: bus, open: async () => 'bus', close: async () => {}, ...over };
}

describe('the health of a runner', () => {
  test('follows its services through their life', async () => {
    const gate = deferred();
    const runner = new ServiceRunner([probed({ start: () => gate.promise })], { resources: [resource()] });
    const { health } = runner;
    const seen = async (): Promise<unknown> => [
      runner.state,
      health.live().ok,
      health.startup().ok,
      (await health.ready()).ok,
    ];
    expect(await seen()).toEqual(['created', true, false, false]);
    const started = runner.start();
    expect(await seen()).toEqual(['starting', true, false, false]);
    gate.resolve();
    await started;
    expect(await seen()).toEqual(['running', true, true, true]);
    const stopped = runner.stop();
    expect(await seen()).toEqual(['stopping', true, true, false]);
    await stopped;
    expect(await seen()).toEqual(['ended', true, true, false]);
  });

  test('asks what an extension says of itself, under the name of its field', async () => {
    const told: { report?: HealthReport } = {};
    await using runner = new ServiceRunner([probed({ health: () => told.report })], { resources: [resource()] });
    await runner.start();
    expect((await runner.health.ready()).services[0]?.checks).toEqual([
      { name: 'probed db', ready: true, state: 'ok' },
    ]);
    told.report = { ready: false, state: 'full', reason: 'no connection is free' };
    expect((await runner.health.ready()).reasons).toEqual(['shop, probed db: no connection is free']);
  });

  test('asks what extensions have taken in, under the name of its key if it is shared', async () => {
    class Inner extends Extension {
      override health(): HealthReport {
        return { ready: false, state: 'lost' };
      }
    }
    const pool = resourceKey<Inner>('pool of the shop');
    class Outer extends Probed {
      protected override onBind(): void {
        this.host.share(pool, () => new Inner());
        this.host.adopt(new Inner());
      }
    }
    class Shop {
      db = dependency(() => new Outer({}));
      run(): void {}
    }
    const shop = defineService(Shop, 'shop', { run: fired });
    await using runner = new ServiceRunner([shop], { resources: [resource()] });
    await runner.start();
    expect((await runner.health.ready()).reasons).toEqual(['shop, pool of the shop: lost', 'shop, Inner: lost']);
  });

  test('asks what the services share once it is open', async () => {
    const health = (): HealthReport => ({ ready: false, state: 'lost' });
    await using runner = new ServiceRunner([probed()], { resources: [resource({ health })] });
    expect((await runner.health.ready()).shared).toEqual([]);
    await runner.start();
    expect(await runner.health.ready()).toMatchObject({ ok: false, reasons: ['bus: lost'] });
  });

  test('takes its limits from the options', async () => {
    await using runner = new ServiceRunner([probed({ health: () => new Promise<void>(() => {}) })], {
      resources: [resource()],
      health: { timeoutMs: 1 },
    });
    await runner.start();
    expect((await runner.health.ready()).reasons).toEqual(['shop, probed db: gave no answer within 1 ms']);
  });

  test('is not alive once a container has died', async () => {
    const runner = new ServiceRunner([probed()], { resources: [resource()] });
    await runner.start();
    const ended = runner.wait().catch(() => {});
    runner.containers[0]?.fail(new Error('out of memory'));
    await ended;
    expect(runner.health.live()).toMatchObject({ ok: false, reasons: ['out of memory'] });
  });

  test('is alive though a stop came before it had started', async () => {
    const runner = new ServiceRunner([probed({ start: () => new Promise(() => {}) })], { resources: [resource()] });
    const starting = runner.start();
    await runner.stop();
    await expect(starting).rejects.toThrow('stopped before');
    expect(runner.health.live().ok).toBe(true);
  });
});

describe('a resource that opens first', () => {
  const first = (steps: Steps, open?: (health: HealthMonitor) => Promise<void>): SharedResource<string> => ({
    key: resourceKey<string>('first'),
    opensFirst: true,
    open: async ({ health }) => {
      steps.note('open first');
      await open?.(health);
      return 'first';
    },
    close: async () => steps.note('close first'),
  });

  test('is open before any service starts, though none asks, and is closed last', async () => {
    const steps = new Steps();
    const noted = resource({
      open: async () => (steps.note('open bus'), 'bus'),
      close: async () => steps.note('close bus'),
    });
    const runner = new ServiceRunner([probed()], { resources: [noted, first(steps)] });
    await runner.start();
    await runner.stop();
    expect(steps.taken).toEqual(['open first', 'open bus', 'close bus', 'close first']);
  });

  test('that fails to open fails the start', async () => {
    const taken = new Error('the port is taken');
    const runner = new ServiceRunner([probed()], {
      resources: [resource(), first(new Steps(), async () => Promise.reject(taken))],
    });
    await expect(runner.start()).rejects.toBe(taken);
  });

  test('can be stopped while it opens', async () => {
    const gate = deferred();
    const steps = new Steps();
    const runner = new ServiceRunner([probed()], { resources: [resource(), first(steps, () => gate.promise)] });
    const starting = runner.start();
    const stopped = runner.stop();
    gate.resolve();
    await expect(starting).rejects.toMatchObject({ code: 'MYCEL_START_INTERRUPTED' });
    await stopped;
    expect(steps.taken).toEqual(['open first', 'close first']);
  });
});
