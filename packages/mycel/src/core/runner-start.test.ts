import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, type Hooks } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import type { Config, ConfigSection } from '../foundation/config-section.ts';
import { defaultConfig } from '../foundation/config-section.ts';
import { UsageError } from '../foundation/errors.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { StartInterruptedError } from './container-errors.ts';
import { declareEntrypoint } from './declaration.ts';
import { Entrypoint } from './entrypoint.ts';
import { ServiceRunner } from './runner.ts';
import { defineService } from './service.ts';
import type { ServiceDefinition } from './service-definition.ts';

forbidUnhandledRejections();

function noting(name: string, steps = new Steps(), hooks: Hooks = {}): ServiceDefinition {
  class Noting {
    it = notingDependency(name, steps, hooks);
    run(): void {}
  }
  return defineService(Noting, name, { run: fired });
}

const section: ConfigSection = { key: 'shop', description: 'Where things are sold.', schema: z.object({}) };
const bus = resourceKey<string>('transport');

/** A service that acquires the transport in its setup. */
function connecting(name: string): ServiceDefinition {
  class Connecting extends Entrypoint {
    override readonly kind = 'connecting';
    override readonly configSections = [section];
    override async setup(): Promise<void> {
      await this.host.resource(bus);
    }
  }
  class Service {
    run(): void {}
  }
  return defineService(Service, name, { run: declareEntrypoint('connecting', () => new Connecting()) });
}

function sharedBus(steps: Steps) {
  return {
    key: bus,
    open: async () => {
      steps.note('open');
      return 'bus';
    },
    close: async () => steps.note('close'),
  };
}

describe('a runner', () => {
  test('starts and stops its services side by side', async () => {
    const steps = new Steps();
    const runner = new ServiceRunner([noting('a', steps), noting('b', steps)]);
    await runner.start();
    expect(runner.containers.map(({ state }) => state)).toEqual(['running', 'running']);
    await runner.stop();
    await runner.wait();
    expect(steps.taken).toEqual(['a.setup', 'b.setup', 'a.start', 'b.start', 'a.stop', 'b.stop']);
  });

  test('opens what services share once, and closes it after the last has stopped', async () => {
    const steps = new Steps();
    const services = [connecting('a'), connecting('b'), noting('c', steps)];
    const runner = new ServiceRunner(services, { resources: [sharedBus(steps)] });
    await runner.start();
    await runner.stop();
    expect(steps.taken.filter((step) => step === 'open')).toHaveLength(1);
    expect(steps.taken.slice(-2)).toEqual(['c.stop', 'close']);
  });

  test('refuses two services of one name', () => {
    expect(() => new ServiceRunner([noting('a'), noting('b'), noting('a')])).toThrow(UsageError);
    expect(() => new ServiceRunner([noting('a'), noting('a')])).toThrow(
      "classes Noting and Noting are both named 'a'; give each service of a process its own name",
    );
  });

  test('without services starts and stops', async () => {
    const runner = new ServiceRunner([]);
    await runner.start();
    await runner.stop();
    await runner.wait();
  });

  test('is disposed of by stopping it', async () => {
    const steps = new Steps();
    {
      await using runner = new ServiceRunner([noting('a', steps)]);
      await runner.start();
    }
    expect(steps.taken.at(-1)).toBe('a.stop');
  });

  test.each([
    ['the services’ own number if none is given', undefined, [3, 10]],
    ['one number for all', 4, [4, 4]],
    ['a number by name', { own: 7 }, [7, 10]],
    ['a number by name and a default', { own: 7, default: 2 }, [7, 2]],
  ])('limits workers by %s', (_what, maxWorkers, expected) => {
    class Own {
      run(): void {}
    }
    const own = defineService(Own, 'own', { run: fired }, { maxWorkers: 3 });
    const runner = new ServiceRunner([own, noting('other')], maxWorkers === undefined ? {} : { maxWorkers });
    expect(runner.containers.map((container) => container.maxWorkers)).toEqual(expected);
  });
});

describe('the configuration of a runner', () => {
  test('is checked before anything is set up, against all sections that extensions and the caller know', async () => {
    const steps = new Steps();
    const known = vi.fn();
    const extra: ConfigSection = { ...section, key: 'web' };
    const config: Config = {
      ...defaultConfig,
      check: (sections) => {
        steps.note('check');
        known([...sections].map(({ key }) => key));
      },
    };
    const runner = new ServiceRunner([connecting('a'), noting('b', steps)], {
      config,
      configSections: [extra],
      resources: [sharedBus(steps)],
    });
    await runner.start();
    expect(known).toHaveBeenCalledExactlyOnceWith(['web', 'shop']);
    expect(steps.taken[0]).toBe('check');
    await runner.stop();
  });

  test('that is wrong fails the start, and nothing is set up', async () => {
    const steps = new Steps();
    const wrong = new Error('config.yaml:3:1: shpo: unknown');
    const check = (): never => {
      throw wrong;
    };
    const runner = new ServiceRunner([noting('a', steps)], { config: { ...defaultConfig, check } });
    await expect(runner.start()).rejects.toBe(wrong);
    await expect(runner.wait()).rejects.toBe(wrong);
    expect(steps.has('a.setup')).toBe(false);
    await runner.stop();
  });
});

describe('a start that fails', () => {
  test('in one service ends the others and closes what they share', async () => {
    const steps = new Steps();
    const broken = new Error('no database');
    const runner = new ServiceRunner(
      [
        connecting('connected'),
        noting('stuck', steps, { setup: async () => new Promise(() => {}) }),
        noting('broken', steps, { setup: async () => steps.until('open').then(() => Promise.reject(broken)) }),
      ],
      { resources: [sharedBus(steps)] },
    );
    await expect(runner.start()).rejects.toBe(broken);
    await expect(runner.wait()).rejects.toBe(broken);
    expect(steps.has('stuck.kill')).toBe(true);
    expect(steps.taken.at(-1)).toBe('close');
    expect(runner.containers.map(({ state }) => state)).not.toContain('running');
  });

  test('stops gracefully those that run already', async () => {
    const steps = new Steps();
    const start = async (): Promise<void> => {
      await steps.until('running.start');
      await new Promise(setImmediate);
      throw new Error('port taken');
    };
    const runner = new ServiceRunner([noting('running', steps), noting('broken', steps, { start })]);
    await expect(runner.start()).rejects.toThrow('port taken');
    expect(runner.containers.map(({ state }) => state)).toEqual(['stopped', 'killed']);
    expect(steps.has('running.stop')).toBe(true);
  });

  test('because no transport was given says so', async () => {
    const runner = new ServiceRunner([connecting('a')]);
    await expect(runner.start()).rejects.toThrow("no 'transport' was given to the runner");
  });
});

test('stopping a runner that is stuck in its start ends the start, and is no failure', async () => {
  const steps = new Steps();
  const runner = new ServiceRunner([noting('stuck', steps, { setup: async () => new Promise(() => {}) })]);
  const interrupted = expect(runner.start()).rejects.toThrow(StartInterruptedError);
  await steps.until('stuck.setup');
  await runner.stop();
  await interrupted;
  await expect(runner.wait()).resolves.toBeUndefined();
});
