import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FiredEntrypoint, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, NotingExtension } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { UsageError } from '../foundation/errors.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { ServiceContainer } from './container.ts';
import { declareEntrypoint } from './declaration.ts';
import { Extension } from './extension.ts';
import { defineService } from './service.ts';

forbidUnhandledRejections();

class Methods {
  db = notingDependency('db', new Steps());
  one(): void {}
  two(): void {}
}

/** A container of two entrypoints, made by `create`. */
function containerOf(create: () => FiredEntrypoint): ServiceContainer {
  const entrypoint = declareEntrypoint('fired', create);
  return new ServiceContainer(defineService(Methods, 'methods', { one: entrypoint, two: entrypoint }));
}

const consumer = resourceKey<NotingExtension>('consumer');

describe('binding extensions', () => {
  test('gives each entrypoint its method and its host, before onBind', () => {
    const bound: unknown[] = [];
    class Binding extends FiredEntrypoint {
      protected override onBind(): void {
        bound.push([this.method, this.host.serviceName, this.host.serviceClass]);
      }
    }
    containerOf(() => new Binding());
    expect(bound).toEqual([
      ['one', 'methods', Methods],
      ['two', 'methods', Methods],
    ]);
  });

  test('shares one extension between all that ask by one key, created for the first', async () => {
    const steps = new Steps();
    const seen: Extension[] = [];
    class Sharing extends FiredEntrypoint {
      protected override onBind(): void {
        seen.push(this.host.share(consumer, () => new NotingExtension('consumer', steps)));
      }
    }
    const container = containerOf(() => new Sharing());
    expect(seen[0]).toBe(seen[1]);
    expect(seen[0]?.host).toBe(container);
    await container.start();
    expect(steps.taken).toEqual(['consumer.setup', 'consumer.start']);
    await container.stop();
  });

  test('binds what an adopted extension adopts in turn', async () => {
    const steps = new Steps();
    class Outer extends Extension {
      protected override onBind(): void {
        this.host.adopt(new NotingExtension('inner', steps));
      }
    }
    class Adopting extends FiredEntrypoint {
      protected override onBind(): void {
        if (this.method === 'one') this.host.adopt(new Outer());
      }
    }
    const container = containerOf(() => new Adopting());
    await container.start();
    await container.stop();
    expect(steps.taken).toEqual(['inner.setup', 'inner.start', 'inner.stop']);
  });

  test('takes in what has a life cycle but is no Extension', async () => {
    const steps = new Steps();
    class Adopting extends FiredEntrypoint {
      protected override onBind(): void {
        const note = (moment: string) => () => steps.note(`${this.method}.${moment}`);
        this.host.adopt({ setup: note('setup'), start: note('start'), stop: note('stop'), kill: note('kill') });
      }
    }
    const container = containerOf(() => new Adopting());
    await container.start();
    await container.stop();
    expect(steps.taken).toHaveLength(6);
  });

  test('collects the sections of the configuration that extensions read', () => {
    const section = {
      key: 'shop',
      description: 'Where things are sold.',
      schema: z.object({ vat: z.number().default(19) }),
    };
    class Configured extends FiredEntrypoint {
      override readonly configSections = [section];
    }
    const container = containerOf(() => new Configured());
    expect(container.configSections).toEqual([section, section]);
    expect(container.options(section)).toEqual({ vat: 19 });
  });
});

describe('extensions used wrongly', () => {
  test('are refused if they come after binding', async () => {
    class Late extends FiredEntrypoint {
      override setup(): void {
        this.host.adopt(new NotingExtension('late', new Steps()));
      }
    }
    const container = containerOf(() => new Late());
    await expect(container.start()).rejects.toThrow(
      'NotingExtension came too late: extensions are taken in while binding',
    );
  });

  test('are refused if they are bound already', () => {
    const one = new FiredEntrypoint();
    expect(() => containerOf(() => one)).toThrow('FiredEntrypoint is bound already; create one instance per container');
  });

  test('say what is missing before they are bound', () => {
    const unbound = new FiredEntrypoint();
    expect(() => unbound.host).toThrow(UsageError);
    expect(() => unbound.host).toThrow('use its host from onBind() on');
    expect(() => unbound.method).toThrow('FiredEntrypoint has no method yet');
  });
});

test('two containers of one service share nothing', () => {
  const definition = defineService(Methods, 'methods', { one: fired });
  const [first, second] = [new ServiceContainer(definition), new ServiceContainer(definition)];
  expect(first.instanceId).not.toBe(second.instanceId);
  expect(first.entrypoints[0]).not.toBe(second.entrypoints[0]);
});
