import { describe, expect, test } from 'vitest';
import { fired, fire, firedNoting } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, NotingExtension } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { UsageError } from '../foundation/errors.ts';
import { ServiceContainer } from './container.ts';
import { StartInterruptedError } from './container-errors.ts';
import { declareEntrypoint } from './declaration.ts';
import { Entrypoint } from './entrypoint.ts';
import { service } from './service.ts';

forbidUnhandledRejections();

/** A service whose entrypoint and two dependencies note their moments. */
function noting(steps: Steps, moments: Partial<Record<'entry' | 'db' | 'cache', object>> = {}) {
  const noted = firedNoting('entry', steps, moments.entry);
  @service('noting')
  class Noting {
    db = notingDependency('db', steps, moments.db);
    cache = notingDependency('cache', steps, moments.cache);
    @noted run(): void {}
  }
  return Noting;
}

describe('starting a container', () => {
  test('sets up every extension before it starts any', async () => {
    const steps = new Steps();
    const ready = deferred();
    const container = new ServiceContainer(noting(steps, { cache: { setup: () => ready.promise } }));
    const starting = container.start();
    await steps.until('cache.setup');
    expect(container.state).toBe('starting');
    expect(steps.taken.toSorted()).toEqual(['cache.setup', 'db.setup', 'entry.setup']);
    ready.resolve();
    await starting;
    expect(container.state).toBe('running');
    expect(steps.taken.slice(3).toSorted()).toEqual(['cache.start', 'db.start', 'entry.start']);
    await container.stop();
  });

  test('waits for every start before it runs', async () => {
    const steps = new Steps();
    const ready = deferred();
    const container = new ServiceContainer(noting(steps, { db: { start: () => ready.promise } }));
    const starting = container.start();
    await steps.until('entry.start');
    expect(container.state).toBe('starting');
    ready.resolve();
    await starting;
    expect(container.state).toBe('running');
    await container.stop();
  });

  test('a setup that fails kills every extension and is what start and wait reject with', async () => {
    const steps = new Steps();
    const broken = new Error('no database');
    const setup = (): never => {
      throw broken;
    };
    const container = new ServiceContainer(noting(steps, { db: { setup } }));
    await expect(container.start()).rejects.toBe(broken);
    await expect(container.wait()).rejects.toBe(broken);
    expect(container.state).toBe('killed');
    expect(steps.taken).toEqual(expect.arrayContaining(['entry.kill', 'db.kill', 'cache.kill']));
    expect(steps.taken.filter((step) => step.endsWith('.start'))).toEqual([]);
  });

  test('a setup that fails ends the start although another never ends', async () => {
    const steps = new Steps();
    const broken = new Error('no database');
    const stuck = new Promise<void>(() => {});
    const setup = async () => Promise.reject(broken);
    const container = new ServiceContainer(noting(steps, { db: { setup }, cache: { setup: () => stuck } }));
    await expect(container.start()).rejects.toBe(broken);
    expect(steps.has('cache.kill')).toBe(true);
  });

  test('several setups that fail leave the first error, and no rejection unhandled', async () => {
    const steps = new Steps();
    const late = deferred();
    const setup = async () => Promise.reject(new Error('first'));
    const container = new ServiceContainer(noting(steps, { db: { setup }, cache: { setup: () => late.promise } }));
    await expect(container.start()).rejects.toThrow('first');
    late.reject(new Error('second'));
    await expect(container.wait()).rejects.toThrow('first');
  });

  test('a start that fails kills what was set up', async () => {
    const steps = new Steps();
    const start = async () => Promise.reject(new Error('port taken'));
    const container = new ServiceContainer(noting(steps, { entry: { start } }));
    await expect(container.start()).rejects.toThrow('port taken');
    expect(steps.taken).toEqual(expect.arrayContaining(['db.start', 'db.kill', 'entry.kill']));
    expect(steps.taken.filter((step) => step.endsWith('.stop'))).toEqual([]);
  });

  test('an extension that throws when it is killed does not keep the others from it, nor hide the cause', async () => {
    const steps = new Steps();
    const setup = async () => Promise.reject(new Error('no database'));
    const kill = (): never => {
      throw new Error('cannot die');
    };
    const container = new ServiceContainer(noting(steps, { entry: { kill }, db: { setup } }));
    await expect(container.start()).rejects.toThrow('no database');
    expect(steps.has('cache.kill')).toBe(true);
  });
});

describe('interrupting a start', () => {
  test.each(['stop', 'kill'] as const)('%s ends a start that is stuck in a setup', async (how) => {
    const steps = new Steps();
    const setup = async () => new Promise<void>(() => {});
    const container = new ServiceContainer(noting(steps, { db: { setup } }));
    const starting = container.start();
    await steps.until('db.setup');
    const interrupted = expect(starting).rejects.toThrow(StartInterruptedError);
    await container[how]();
    await interrupted;
    await expect(container.wait()).resolves.toBeUndefined();
    expect(container.state).toBe('killed');
    expect(steps.has('db.kill')).toBe(true);
  });

  test('a kill with an error is told as the cause', async () => {
    const steps = new Steps();
    const setup = async () => new Promise<void>(() => {});
    const container = new ServiceContainer(noting(steps, { db: { setup } }));
    const cause = new Error('another service died');
    const interrupted = expect(container.start()).rejects.toMatchObject({ code: 'MYCEL_START_INTERRUPTED', cause });
    await container.kill(cause);
    await interrupted;
    await expect(container.wait()).rejects.toBe(cause);
  });

  test.each([...Array(16).keys()])('a kill %d turns after the last setup ended is final', async (turns) => {
    const steps = new Steps();
    const ready = deferred();
    const container = new ServiceContainer(noting(steps, { db: { setup: () => ready.promise } }));
    const starting = container.start().catch((error: unknown) => error);
    await steps.until('db.setup');
    ready.resolve();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    const before = container.state;
    const started = steps.has('db.start');
    await container.kill();
    const outcome = await starting;
    expect(container.state).toBe('killed');
    expect(steps.has('db.start')).toBe(started);
    if (before === 'starting') expect(outcome).toBeInstanceOf(StartInterruptedError);
    else expect(outcome).toBeUndefined();
  });

  test('an extension that fails its container in start ends the start with that error as cause', async () => {
    class Failing extends Entrypoint {
      override readonly kind = 'failing';
      override start(): void {
        this.host.fail(new Error('no port'));
      }
    }
    const failing = declareEntrypoint('failing', () => new Failing());
    @service('failing')
    class Service {
      @failing run(): void {}
    }
    const container = new ServiceContainer(Service);
    await expect(container.start()).rejects.toMatchObject({ cause: new Error('no port') });
    expect(container.state).toBe('killed');
    await expect(container.wait()).rejects.toThrow('no port');
  });
});

describe('a container starts once', () => {
  @service('once')
  class Once {
    @fired run(): string {
      return 'ran';
    }
  }

  test('starting it again while it runs is a mistake that leaves it running', async () => {
    const container = new ServiceContainer(Once);
    await container.start();
    await expect(container.start()).rejects.toThrow(UsageError);
    expect(container.state).toBe('running');
    await expect(fire(container, 'run').outcome).resolves.toEqual({ ok: true, value: 'ran' });
    await container.stop();
    await expect(container.start()).rejects.toThrow(UsageError);
    expect(container.state).toBe('stopped');
  });

  test('one that was stopped before it started stays so, and sets nothing up', async () => {
    const steps = new Steps();
    const container = new ServiceContainer(noting(steps));
    await container.stop();
    await expect(container.start()).rejects.toThrow(StartInterruptedError);
    expect(steps.taken.filter((step) => step.endsWith('.setup'))).toEqual([]);
    await container.wait();
  });
});

test('an extension taken in by two others is set up once, and told apart from entrypoints and dependencies', async () => {
  const steps = new Steps();
  class Sharing extends Entrypoint {
    override readonly kind = 'sharing';
    protected override onBind(): void {
      this.host.adopt(new NotingExtension(`of ${this.method}`, steps));
    }
  }
  const sharing = declareEntrypoint('sharing', () => new Sharing());
  @service('sharing')
  class Service {
    @sharing one(): void {}
    @sharing two(): void {}
  }
  const container = new ServiceContainer(Service);
  await container.start();
  expect(container.entrypoints.map(({ method }) => method)).toEqual(['one', 'two']);
  expect(steps.taken).toEqual(['of one.setup', 'of two.setup', 'of one.start', 'of two.start']);
  await container.stop();
});
