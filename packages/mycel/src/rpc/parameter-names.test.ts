import { runInThisContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { AnyMethod } from '../core/declaration.ts';
import { readParameters } from './parameter-names.ts';

/** Writes parameters as `name`, `name?` (has a default), `...name`, `{}` (destructured). */
function namesOf(method: AnyMethod): string[] | undefined {
  return readParameters(method)?.map(
    ({ name, optional, rest }) => `${rest ? '...' : ''}${name ?? '{}'}${optional ? '?' : ''}`,
  );
}

/** Makes a method from source text that no compiler has touched. */
function methodOf(source: string): AnyMethod {
  const made = runInThisContext(`({ ${source} })`) as Record<string, AnyMethod>;
  return Object.values(made)[0] as AnyMethod;
}

describe('the parameters of a method', () => {
  test.each([
    ['add(x, y) {}', ['x', 'y']],
    ['none() {}', []],
    ['async add(x, y) {}', ['x', 'y']],
    ['*add(x) {}', ['x']],
    ['async *add(x) {}', ['x']],
    ["'a (b'(x, y) {}", ['x', 'y']],
    ['["a" + `(${1})`](x, y) {}', ['x', 'y']],
    ['add(x, y = 1) {}', ['x', 'y?']],
    ['add(x = [1, 2], y = { a: 1, b: (2, 3) }, z) {}', ['x?', 'y?', 'z']],
    ['add(x = "a,b)", y = `(${[1, 2].join(",")}`, z = \'\\\',\') {}', ['x?', 'y?', 'z?']],
    ['add(x = /[,/)]\\/,/u, y) {}', ['x?', 'y']],
    ['add(x = (a, b) => a, y = function (c, d) { return ","; }) {}', ['x?', 'y?']],
    ['add(x /* , a */, // , b)\n y) {}', ['x', 'y']],
    ['add /* (not, these) */ (x) {}', ['x']],
    ['add({ a, b: [c] }, [d, e] = [1, 2], f) {}', ['{}', '{}?', 'f']],
    ['add({ a } = {}) {}', ['{}?']],
    ['add(x, ...more) {}', ['x', '...more']],
    ['add(...{ length }) {}', ['...{}']],
    ['add(x, y,) {}', ['x', 'y']],
    ['add($, _, \u00e9t\u00e9) {}', ['$', '_', '\u00e9t\u00e9']],
    ['add: function (x, y) {}', ['x', 'y']],
    ['add: (x, y) => x', ['x', 'y']],
    ['add: async (x) => x', ['x']],
    ['add: x => x', ['x']],
    ['add: async x => (x, 1)', ['x']],
    ['add: x => f(a, b)', ['x']],
  ])('are read from %s', (source, expected) => {
    expect(namesOf(methodOf(source))).toEqual(expected);
  });

  test('are read from the methods of a class, #private helpers beside them', () => {
    class Sample {
      #secret(hidden: number): number {
        return hidden;
      }
      static shared(x: number): number {
        return x;
      }
      visible(first: number, second = this.#secret(1)): number {
        return first + second;
      }
    }
    expect(namesOf(Reflect.get(Sample.prototype, 'visible') as AnyMethod)).toEqual(['first', 'second?']);
    expect(namesOf(Reflect.get(Sample, 'shared') as AnyMethod)).toEqual(['x']);
  });

  test('are unknown for functions without source text', () => {
    expect(namesOf(Math.max)).toBeUndefined();
    expect(namesOf(methodOf('add(x) {}').bind(null))).toBeUndefined();
  });

  test('of broken source text do not hang', () => {
    const broken = Object.assign(() => {}, { toString: () => 'ignored' });
    expect(namesOf(broken)).toEqual([]);
  });
});
