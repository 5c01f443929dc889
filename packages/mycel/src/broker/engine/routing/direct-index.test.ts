import { describe, expect, it } from 'vitest';
import type { IndexedBinding } from './binding-index.ts';
import { DirectIndex } from './direct-index.ts';

describe('DirectIndex', () => {
  it('finds the bindings of exactly the keys it is given, until they are removed', () => {
    const index = new DirectIndex<IndexedBinding>();
    const [first, second, third] = ['a', 'a', 'a.*'].map((routingKey) => ({ routingKey, arguments: {} }));
    for (const binding of [first!, second!, third!]) index.add(binding);
    const found = (...keys: string[]): Set<IndexedBinding> => {
      const matches = new Set<IndexedBinding>();
      index.match(keys, {}, matches);
      return matches;
    };
    expect(found('a')).toEqual(new Set([first, second]));
    expect(found('a.b')).toEqual(new Set());
    expect(found('b', 'a.*')).toEqual(new Set([third]));
    index.remove(first!);
    expect([...found('a')]).toEqual([second]);
    index.remove(second!);
    expect(found('a').size).toBe(0);
  });
});
