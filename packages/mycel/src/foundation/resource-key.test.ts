import { expect, test } from 'vitest';
import { resourceKey } from './resource-key.ts';

test('two keys of one name are two keys', () => {
  const keys = new Set([resourceKey<string>('transport'), resourceKey<string>('transport')]);
  expect(keys.size).toBe(2);
  for (const key of keys) {
    expect(key.name).toBe('transport');
    expect(Object.isFrozen(key)).toBe(true);
  }
});
