import { describe, expect, test } from 'vitest';
import { call, fired } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { ServiceContainer } from './container.ts';
import { service } from './service.ts';
import { definitionOf, isService } from './service-definition.ts';

forbidUnhandledRejections();

const steps = new Steps();

@service('base')
class Base {
  db = notingDependency('base db', steps);
  @fired greet(): string {
    return `base with ${this.db.name}`;
  }
  @fired inherited(): string {
    return `inherited by ${this.constructor.name}`;
  }
}

@service('sub')
class Sub extends Base {
  override db = notingDependency('sub db', steps);
  cache = notingDependency('cache', steps);
  override greet(): string {
    return `${super.greet()} and ${this.cache.name}`;
  }
}

describe('a service that extends another', () => {
  test('runs its own overriding method, the inherited ones, and its own dependency in an inherited field', async () => {
    const container = new ServiceContainer(Sub);
    await container.start();
    expect(await call(container, 'greet')).toBe('base with sub db and cache');
    expect(await call(container, 'inherited')).toBe('inherited by Sub');
    expect(container.fields.map(({ field }) => field)).toEqual(['db', 'cache']);
    await container.stop();
  });

  test('leaves the other as it was', async () => {
    const container = new ServiceContainer(Base);
    await container.start();
    expect(container.serviceName).toBe('base');
    expect(await call(container, 'greet')).toBe('base with base db');
    await container.stop();
  });
});

describe('a subclass without @service', () => {
  class Undecorated extends Base {}
  class WithEntrypoint extends Base {
    @fired more(): void {}
  }

  test.each([Undecorated, WithEntrypoint])('is no service, though its base is: %o', (subclass) => {
    expect(isService(subclass)).toBe(false);
    expect(() => definitionOf(subclass)).toThrow(
      /is not a service: it has entrypoints \(greet, inherited.*\) but no name/,
    );
  });
});
