import { describe, expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { defineContract } from './contract.ts';
import { declareEntrypoint, type EntrypointDecorator } from './declaration.ts';
import { FiredEntrypoint } from '../../../../tests/support/fired-entrypoint.ts';
import { defineService, service } from './service.ts';
import { definitionOf, isService } from './service-definition.ts';

const rpcLike = declareEntrypoint('rpc', () => new FiredEntrypoint());
const contract = defineContract('math', { rpcs: { add: {}, subtract: {} } });

class Plain {
  add(): number {
    return 1;
  }
  subtract(): number {
    return 2;
  }
  other(): void {}
}

describe('@service', () => {
  test('makes a class a service, with its entrypoints and options', () => {
    @service('math', { maxWorkers: 3 })
    class Math {
      @fired add(): void {}
    }
    expect(isService(Math)).toBe(true);
    const { name, options, methods, contract: none } = definitionOf(Math);
    expect({ name, options, methods: methods.map(({ method }) => method), none }).toEqual({
      name: 'math',
      options: { maxWorkers: 3 },
      methods: ['add'],
      none: undefined,
    });
  });

  test('takes the name from a contract', () => {
    @service(contract)
    class Math {
      @rpcLike add(): void {}
      @rpcLike subtract(): void {}
    }
    expect(definitionOf(Math)).toMatchObject({ name: 'math', contract });
  });

  test('refuses at once a class that does not keep its contract', () => {
    expect(() => {
      @service(contract)
      class Half {
        @rpcLike add(): void {}
        subtract(): void {}
      }
      return Half;
    }).toThrow("Half lacks the rpc 'subtract' of the contract 'math'");
    expect(() => {
      @service(contract)
      class More {
        @rpcLike add(): void {}
        @rpcLike subtract(): void {}
        @rpcLike multiply(): void {}
      }
      return More;
    }).toThrow("More.multiply is @rpc, but the contract 'math' has no such rpc");
  });

  test.each(['', 'two words', 'star*'])('refuses the name %j at once', (name) => {
    expect(() => {
      @service(name)
      class Named {}
      return Named;
    }).toThrow('class Named');
  });

  test('explains itself to a legacy toolchain', () => {
    const legacy = service('math') as unknown as (serviceClass: unknown, context?: unknown) => void;
    expect(() => legacy(Plain)).toThrow('@service on class Plain: Mycel uses standard decorators');
    expect(() => legacy(Plain, { kind: 'class', name: 'Plain' })).toThrow('the compiler gave no decorator metadata');
    expect(() => legacy(Plain, { kind: 'method', metadata: {} })).toThrow('@service stands on a class');
  });
});

describe('defineService', () => {
  test('gives the same definition as decorators', () => {
    @service('math', { maxWorkers: 3 })
    class Decorated {
      @fired add(): void {}
      @fired @rpcLike subtract(): void {}
    }
    const decorated = definitionOf(Decorated);
    const options = { maxWorkers: 3 };
    const defined = defineService(Plain, 'math', { add: fired, subtract: [rpcLike, fired] }, options);
    expect(isService(defined)).toBe(true);
    expect({ ...defined, serviceClass: undefined }).toEqual({ ...decorated, serviceClass: undefined });
  });

  test('adds to decorators that the class has already', () => {
    class Mixed {
      @fired first(): void {}
      second(): void {}
    }
    const { methods } = defineService(Mixed, 'mixed', { second: fired });
    expect(methods.map(({ method }) => method)).toEqual(['first', 'second']);
  });

  test('holds the class against its contract', () => {
    expect(defineService(Plain, contract, { add: rpcLike, subtract: rpcLike, other: fired })).toMatchObject({
      name: 'math',
      contract,
    });
    const half = { add: rpcLike } as { add: EntrypointDecorator; subtract: EntrypointDecorator };
    expect(() => defineService(Plain, contract, half)).toThrow("Plain lacks the rpc 'subtract' of the contract 'math'");
  });

  test('refuses what is no entrypoint, and methods that do not exist', () => {
    const methods = { add: (() => fired) as unknown as EntrypointDecorator };
    expect(() => defineService(Plain, 'math', methods)).toThrow('Plain.add needs an entrypoint, such as rpc()');
    const misspelt = { ad: fired } as object;
    expect(() => defineService(Plain, 'math', misspelt)).toThrow('Plain.ad is declared as fired entrypoint');
  });
});
