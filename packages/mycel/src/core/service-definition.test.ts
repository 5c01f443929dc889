import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fired, FiredEntrypoint } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { UsageError } from '../foundation/errors.ts';
import { ServiceContainer } from './container.ts';
import { defineContract } from './contract.ts';
import { declarationOf, declareEntrypoint } from './declaration.ts';
import { defineService, service } from './service.ts';
import { buildDefinition, definitionOf, isService, type ServiceDefinition } from './service-definition.ts';

const rpcLike = declareEntrypoint('rpc', () => new FiredEntrypoint());

class Adding {
  db = notingDependency('db', new Steps());
  title = 'no dependency';
  nothing = undefined;
  add(x: number, y: number): number {
    return x + y;
  }
}

@service('decorated', { maxWorkers: 2 })
class Decorated {
  @fired run(): void {}
}

describe('the definition of a service', () => {
  test('says the same whether decorators or defineService wrote it', () => {
    @service('adding', { maxWorkers: 4 })
    class Same extends Adding {
      @fired override add(x: number, y: number): number {
        return x + y;
      }
    }
    const facts = ({ name, options, methods, fields }: ServiceDefinition) => ({
      name,
      options,
      methods,
      fields: fields.map(({ field }) => field),
    });
    const defined = defineService(Adding, 'adding', { add: fired }, { maxWorkers: 4 });
    expect(facts(definitionOf(Same))).toEqual(facts(defined));
    expect(facts(defined)).toEqual({
      name: 'adding',
      options: { maxWorkers: 4 },
      methods: [{ method: 'add', declaration: declarationOf(fired) }],
      fields: ['db'],
    });
  });

  test('of a definition is that definition', () => {
    const defined = defineService(Adding, 'adding', {});
    expect(definitionOf(defined)).toBe(defined);
  });

  test('is recognised among a module’s exports', () => {
    expect([Decorated, defineService(Adding, 'adding', {})].every(isService)).toBe(true);
    const others = [Adding, class {}, () => {}, {}, null, undefined, 'adding', { name: 'adding', methods: [] }];
    expect(others.filter(isService)).toEqual([]);
  });
});

describe('a class that is no service', () => {
  test('is told to add @service', () => {
    expect(() => definitionOf(Adding)).toThrow(UsageError);
    expect(() => definitionOf(Adding)).toThrow(
      "class Adding is not a service: it has no @service; add @service('its_name') to the class",
    );
    expect(() => new ServiceContainer(class {})).toThrow('class (anonymous) is not a service');
  });

  test('but has entrypoints is told which', () => {
    class Nameless {
      @fired one(): void {}
      @fired two(): void {}
    }
    expect(() => definitionOf(Nameless)).toThrow('it has entrypoints (one, two) but no name');
  });
});

describe('the name of a service', () => {
  test.each(['math_service', 'Math-Service2', 'a.b', 'zahlen_größe'])('may be %j', (name) => {
    expect(defineService(Adding, name, {}).name).toBe(name);
  });

  test.each(['', 'a b', 'a*', '#', 'tab\t', 'ü'.repeat(101), undefined, 7])('may not be %j', (name) => {
    expect(() => defineService(Adding, name as string, {})).toThrow(UsageError);
    expect(() => defineService(Adding, name as string, {})).toThrow(/class Adding: .*is not a service name/);
  });

  test('is checked where the class is decorated', () => {
    const define = (): unknown => {
      @service('two words')
      class Wrong {}
      return Wrong;
    };
    expect(define).toThrow('class Wrong: "two words" is not a service name');
  });
});

describe('the methods of a service', () => {
  test('must be there', () => {
    const missing = { gone: fired } as Record<string, typeof fired>;
    expect(() => defineService(Adding, 'adding', missing)).toThrow(
      "Adding.gone is declared as fired entrypoint of 'adding', but the class has no method of that name",
    );
    expect(() => defineService(Adding, 'adding', { title: fired } as object)).toThrow('no method of that name');
  });

  test('are an rpc once at most', () => {
    expect(() => defineService(Adding, 'adding', { add: [rpcLike, rpcLike] })).toThrow(
      'Adding.add is declared as rpc twice; one @rpc per method is enough',
    );
    expect(defineService(Adding, 'adding', { add: [rpcLike, fired, fired] }).methods).toHaveLength(3);
  });

  test('cannot have a dot in the name of an rpc', () => {
    class Dotted {
      'a.b'(): void {}
    }
    expect(() => defineService(Dotted, 'dotted', { 'a.b': rpcLike })).toThrow('cannot contain a dot');
  });
});

describe('a service with a contract', () => {
  const contract = defineContract('sums', { rpcs: { add: { returns: z.number() }, sub: {} } });
  class Sums {
    add(): number {
      return 1;
    }
    sub(): void {}
    mul(): void {}
  }
  const build = (...methods: readonly string[]): ServiceDefinition =>
    buildDefinition(Sums, {
      name: 'sums',
      contract,
      methods: methods.map((method) => ({ method, declaration: declarationOf(rpcLike) })),
    });

  test('has an rpc for each of the contract', () => {
    expect(build('add', 'sub')).toMatchObject({ name: 'sums', contract });
    expect(() => build('add')).toThrow(
      "Sums lacks the rpc 'sub' of the contract 'sums'; add an @rpc method of that name",
    );
  });

  test('has no rpc that the contract does not know', () => {
    expect(() => build('add', 'sub', 'mul')).toThrow("Sums.mul is @rpc, but the contract 'sums' has no such rpc");
  });

  test('needs the methods to be rpcs, not other entrypoints', () => {
    const methods = [
      { method: 'add', declaration: declarationOf(rpcLike) },
      { method: 'sub', declaration: declarationOf(fired) },
    ];
    expect(() => buildDefinition(Sums, { name: 'sums', contract, methods })).toThrow("lacks the rpc 'sub'");
  });
});

describe('the constructor of a service', () => {
  test('that throws is reported with its error', () => {
    const cause = new Error('no licence');
    class Throwing {
      constructor() {
        throw cause;
      }
    }
    expect(() => defineService(Throwing, 'throwing', {})).toThrow(
      expect.objectContaining({
        code: 'MYCEL_USAGE',
        message: expect.stringContaining('class Throwing cannot be constructed: no licence'),
        cause,
      }),
    );
  });

  test('that uses a dependency is told that it cannot', () => {
    class Eager {
      db = notingDependency('db', new Steps());
      name = this.db.name;
    }
    expect(() => defineService(Eager, 'eager', {})).toThrow(
      /class Eager cannot be constructed: 'name' was read from a dependency that is not bound to a worker.*does not touch its dependencies/,
    );
  });
});
