import { describe, expect, test } from 'vitest';
import { call, fire, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, type Hooks } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { dependency } from './dependency.ts';
import { DependencyProvider } from './dependency-provider.ts';
import { ServiceRunner } from './runner.ts';
import { service, defineService } from './service.ts';
import type { ServiceDefinition } from './service-definition.ts';
import { DependencyHookError, type WorkerKilledError } from './worker-errors.ts';

forbidUnhandledRejections();

/** A service of two dependencies, `db` before `cache`, whose hooks are noted; `db` also does what `hooks` say. */
function hooked(steps: Steps, hooks: Hooks = {}): ServiceDefinition {
  class Hooked {
    db = notingDependency('db', steps, hooks);
    cache = notingDependency('cache', steps);
    run(fails = false): string {
      steps.note('method');
      if (fails) throw new Error('no such order');
      return `${this.db.name} and ${this.cache.name}`;
    }
  }
  return defineService(Hooked, 'hooked', { run: fired });
}

describe('the hooks of dependencies', () => {
  test.each([
    ['returns', false],
    ['throws', true],
  ])('go in the order of the fields, and back in reverse, when the method %s', async (_what, fails) => {
    const steps = new Steps();
    const container = new ServiceContainer(hooked(steps));
    await container.start();
    steps.taken.length = 0;
    await fire(container, 'run', { args: [fails], handleResult: () => steps.note('reply') }).outcome;
    expect(steps.taken).toEqual([
      'db.getDependency',
      'cache.getDependency',
      'db.workerSetup',
      'cache.workerSetup',
      'method',
      'reply',
      'cache.workerResult',
      'db.workerResult',
      'cache.workerTeardown',
      'db.workerTeardown',
    ]);
    await container.stop();
  });

  test('are told how the method ended', async () => {
    const outcomes: unknown[] = [];
    const steps = new Steps();
    const container = new ServiceContainer(
      hooked(steps, { workerResult: (_context, outcome) => void outcomes.push(outcome) }),
    );
    await container.start();
    await fire(container, 'run').outcome;
    await fire(container, 'run', { args: [true] }).outcome;
    expect(outcomes).toEqual([
      { ok: true, value: 'db and cache' },
      { ok: false, error: new Error('no such order') },
    ]);
    await container.stop();
  });

  test('may all be missing but getDependency, which may be synchronous', async () => {
    class Constant extends DependencyProvider<{ readonly value: number }> {
      override getDependency(): { readonly value: number } {
        return { value: 7 };
      }
    }
    @service('plain')
    class Plain {
      constant = dependency(() => new Constant());
      @fired run(): number {
        return this.constant.value;
      }
    }
    const container = new ServiceContainer(Plain);
    await container.start();
    expect(await call(container, 'run')).toBe(7);
    await container.stop();
  });
});

const broken = new Error('connection reset');
const throwing = (): never => {
  throw broken;
};

/** Fires a service whose worker breaks, and returns how its container died. */
async function deathOf(definition: ServiceDefinition, request: Parameters<typeof fire>[2] = {}): Promise<unknown> {
  const container = new ServiceContainer(definition);
  await container.start();
  const { outcome } = fire(container, 'run', request);
  const [death, told] = await Promise.all([
    container.wait().catch((error: unknown) => error),
    outcome.catch((error: unknown) => error),
  ]);
  expect(container.state).toBe('killed');
  expect(told).toBe(death);
  return death;
}

describe('a hook that throws kills the container', () => {
  test.each([
    ['getDependency', ['db.getDependency']],
    ['workerSetup', ['db.getDependency', 'cache.getDependency', 'db.workerSetup']],
    ['workerResult', ['method', 'cache.workerResult', 'db.workerResult']],
    ['workerTeardown', ['method', 'db.workerResult', 'cache.workerTeardown', 'db.workerTeardown']],
  ] as const)('in %s: with the cause, and no later hook runs', async (hook, before) => {
    const steps = new Steps();
    const death = await deathOf(hooked(steps, { [hook]: throwing }));
    expect(death).toBeInstanceOf(DependencyHookError);
    expect(death).toMatchObject({
      cause: broken,
      message: expect.stringContaining(`db.${hook} failed for hooked.run.`),
    });
    expect(steps.taken).toEqual(expect.arrayContaining([...before]));
    const untilDeath = steps.taken.filter((step) => !/\.(setup|start|kill)$/.test(step));
    expect(untilDeath.at(-1)).toBe(`db.${hook}`);
    expect(steps.has('db.kill')).toBe(true);
  });

  test('in the entrypoint’s handling of the result', async () => {
    const steps = new Steps();
    const death = await deathOf(hooked(steps), { handleResult: throwing });
    expect(death).toMatchObject({
      cause: broken,
      message: expect.stringContaining('handleResult failed for hooked.run.'),
    });
    expect(steps.has('db.workerResult')).toBe(false);
  });

  test('in the constructor of the service', async () => {
    let constructed = 0;
    class Fragile {
      constructor() {
        constructed += 1;
        if (constructed > 1) throw broken;
      }
      run(): void {}
    }
    const death = await deathOf(defineService(Fragile, 'fragile', { run: fired }));
    expect(death).toMatchObject({
      cause: broken,
      message: expect.stringContaining('the constructor failed for fragile.run.'),
    });
  });

  test('and gives up the other workers that run', async () => {
    const steps = new Steps();
    class Two {
      db = notingDependency('db', steps, {
        workerSetup: ({ method }) => {
          if (method === 'run') throw broken;
        },
      });
      run(): void {}
      async endless(): Promise<void> {
        steps.note('endless began');
        await new Promise(() => {});
      }
    }
    const container = new ServiceContainer(defineService(Two, 'two', { run: fired, endless: fired }));
    await container.start();
    const other = fire(container, 'endless').outcome.catch((error: unknown) => error as WorkerKilledError);
    await steps.until('endless began');
    fire(container, 'run');
    await expect(container.wait()).rejects.toThrow(DependencyHookError);
    expect(await other).toMatchObject({ code: 'MYCEL_WORKER_KILLED', cause: { cause: broken } });
  });

  test('and with it ends the runner, which stops the other services gracefully', async () => {
    const steps = new Steps();
    class Neighbour {
      store = notingDependency('store', steps);
      async run(): Promise<void> {
        steps.note('neighbour began');
        await steps.until('db.kill');
        steps.note('neighbour ended');
      }
    }
    const neighbour = defineService(Neighbour, 'neighbour', { run: fired });
    const runner = new ServiceRunner([hooked(steps, { workerSetup: throwing }), neighbour]);
    await runner.start();
    const [dying, living] = runner.containers as [ServiceContainer, ServiceContainer];
    const worker = fire(living, 'run');
    await steps.until('neighbour began');
    fire(dying, 'run');
    await expect(runner.wait()).rejects.toMatchObject({ code: 'MYCEL_WORKER_HOOK', cause: broken });
    await expect(worker.outcome).resolves.toMatchObject({ ok: true });
    expect(living.state).toBe('stopped');
    expect(steps.taken.indexOf('neighbour ended')).toBeLessThan(steps.taken.indexOf('store.stop'));
    expect(steps.has('store.kill')).toBe(false);
    await runner.stop();
  });
});
