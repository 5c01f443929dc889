import { describe, expect, test } from 'vitest';
import { fired, FiredEntrypoint } from '../../../../tests/support/fired-entrypoint.ts';
import { UsageError } from '../foundation/errors.ts';
import { assertStandardDecorator, declarationOf, declareEntrypoint, declaredMethods } from './declaration.ts';
import { service } from './service.ts';
import { definitionOf } from './service-definition.ts';

/** Calls a decorator the way a compiler might, without being stopped by its types. */
function decorate(decorator: object, ...args: unknown[]): () => unknown {
  return () => (decorator as (...given: unknown[]) => unknown)(...args);
}

const place = { kind: 'method', name: 'add', static: false, private: false, metadata: {} };
const method = (): void => {};

describe('an entrypoint decorator', () => {
  test('carries its declaration, for services without decorators', () => {
    const { kind, create } = declarationOf(fired);
    expect(kind).toBe('fired');
    expect(create()).toBeInstanceOf(FiredEntrypoint);
    expect(create()).not.toBe(create());
  });

  test('leaves the method as it is: it can be called without a container', () => {
    class Adding {
      @fired add(x: number, y: number): number {
        return x + y;
      }
    }
    expect(new Adding().add(1, 2)).toBe(3);
  });

  test('may stand on a method together with others', () => {
    const nightly = declareEntrypoint('nightly', () => new FiredEntrypoint());
    @service('stacked')
    class Stacked {
      @fired @nightly run(): void {}
    }
    const methods = definitionOf(Stacked).methods.map(({ method: name, declaration }) => `${declaration.kind} ${name}`);
    expect(methods.toSorted()).toEqual(['fired run', 'nightly run']);
  });

  test.each([
    ['a property key, as legacy compilers pass', ['add', {}], /@fired on 'add': .*"experimentalDecorators"/],
    ['a symbol, as legacy compilers pass', [Symbol('add'), {}], /"experimentalDecorators"/],
    ['nothing, as legacy compilers pass for classes', [], /"experimentalDecorators"/],
    [
      'the place of a field',
      [{ ...place, kind: 'field' }],
      /'add': only a method can be an entrypoint, and this is a field/,
    ],
    ['the place of a getter', [{ ...place, kind: 'getter' }], /this is a getter/],
    ['the place of a class', [{ kind: 'class', name: 'Adding', metadata: {} }], /'Adding': .* this is a class/],
    ['a static method', [{ ...place, static: true }], /a static method cannot be an entrypoint; remove 'static'/],
    [
      'a #private method',
      [{ ...place, name: '#add', private: true }],
      /'#add': a #private method cannot .* make it public/,
    ],
    ['a method named by a symbol', [{ ...place, name: Symbol.iterator }], /fired by name; give the method a name/],
    ['no metadata', [{ ...place, metadata: undefined }], /no decorator metadata; import 'mycel' before/],
  ])('given %s says what is wrong', (_what, args, message) => {
    expect(decorate(fired, method, ...args)).toThrow(UsageError);
    expect(decorate(fired, method, ...args)).toThrow(message);
  });

  test('in the place it is made for notes the method', () => {
    const metadata = {};
    decorate(fired, method, { ...place, metadata })();
    expect(declaredMethods(metadata)).toEqual([{ method: 'add', declaration: declarationOf(fired) }]);
    expect(() => assertStandardDecorator(place, 'fired')).not.toThrow();
  });
});

describe('the entrypoints of a subclass', () => {
  const first = declareEntrypoint('first', () => new FiredEntrypoint());
  const second = declareEntrypoint('second', () => new FiredEntrypoint());
  const rpcLike = declareEntrypoint('rpc', () => new FiredEntrypoint());
  const methodsOf = (serviceClass: new () => object): string[] =>
    definitionOf(serviceClass).methods.map(({ method: name, declaration }) => `${declaration.kind} ${name}`);

  test('are those of its base class, then its own', () => {
    class Base {
      @first one(): void {}
    }
    @service('sub')
    class Sub extends Base {
      @second two(): void {}
    }
    expect(methodsOf(Sub)).toEqual(['first one', 'second two']);
  });

  test('do not reach its base class or its sisters', () => {
    @service('base')
    class Base {
      @first one(): void {}
    }
    @service('left')
    class Left extends Base {
      @second left(): void {}
    }
    @service('right')
    class Right extends Base {
      @second right(): void {}
    }
    expect(methodsOf(Base)).toEqual(['first one']);
    expect(methodsOf(Left)).toEqual(['first one', 'second left']);
    expect(methodsOf(Right)).toEqual(['first one', 'second right']);
  });

  test('stay on a method that is overridden without decorators', () => {
    class Base {
      @first one(): string {
        return 'base';
      }
    }
    @service('sub')
    class Sub extends Base {
      override one(): string {
        return 'sub';
      }
    }
    expect(methodsOf(Sub)).toEqual(['first one']);
  });

  test('are declared anew by an override that is decorated again', () => {
    class Base {
      @rpcLike one(): void {}
      @rpcLike two(): void {}
    }
    class Middle extends Base {
      @first @rpcLike override one(): void {}
    }
    @service('sub')
    class Sub extends Middle {
      @rpcLike override one(): void {}
    }
    expect(methodsOf(Sub)).toEqual(['rpc two', 'rpc one']);
  });
});
