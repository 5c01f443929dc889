import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency, type Provided } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { UsageError } from '../foundation/errors.ts';
import { ServiceContainer } from './container.ts';
import { dependency, DependencyDeclaration } from './dependency.ts';
import { DependencyProvider } from './dependency-provider.ts';
import { defineService } from './service.ts';

class Clock extends DependencyProvider<{ now(): number }> {
  override getDependency(): { now(): number } {
    return { now: () => 0 };
  }
}

class Using {
  db = notingDependency('db', new Steps());
  run(): string {
    return this.db.name;
  }
}

describe('a dependency that is not bound to a worker', () => {
  test('says so when it is used', () => {
    expect(() => new Using().run()).toThrow(UsageError);
    expect(() => new Using().run()).toThrow(
      /'name' was read from a dependency that is not bound to a worker; .*in tests use workerFactory\(\)/,
    );
    expect(() => `the ${new Using().db as unknown as string}`).toThrow(UsageError);
  });

  test('can be awaited, shown and made JSON of, as tools do with any value', async () => {
    const { db } = new Using();
    await expect(Promise.resolve(db)).resolves.toBe(db);
    expect(inspect(new Using())).toBe('Using { db: [dependency, not bound to a worker] }');
    expect(JSON.stringify(new Using())).toBe('{"db":{}}');
  });
});

describe('the declaration of a dependency', () => {
  test('is told from every other value', () => {
    expect(DependencyDeclaration.is(dependency(() => new Clock()))).toBe(true);
    const others = [{}, null, undefined, 7, 'db', () => {}, new Clock(), Object.create(null)];
    expect(others.filter((value) => DependencyDeclaration.is(value))).toEqual([]);
  });

  test('makes a provider of its own for each container', () => {
    const definition = defineService(Using, 'using', { run: fired });
    const [first, second] = [new ServiceContainer(definition), new ServiceContainer(definition)];
    expect(first.fields[0]?.provider).toBeInstanceOf(DependencyProvider);
    expect(first.fields[0]?.provider).not.toBe(second.fields[0]?.provider);
  });

  test('gives a double to tests as it is, or adapted', () => {
    const declared = (value: unknown): DependencyDeclaration => {
      if (!DependencyDeclaration.is(value)) throw new Error('not a declaration');
      return value;
    };
    const double: Partial<Provided> = { name: 'double' };
    expect(DependencyDeclaration.adapt(declared(new Using().db), double)).toBe(double);
    const adapted = dependency(
      () => new Clock(),
      (now: number) => ({ now: () => now }),
    );
    expect(DependencyDeclaration.adapt(declared(adapted), 7)).toMatchObject({ now: expect.any(Function) });
  });
});
