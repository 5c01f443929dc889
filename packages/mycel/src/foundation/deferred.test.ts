import { expect, test } from 'vitest';
import { deferred } from './deferred.ts';

test('a deferred is settled from outside, by whatever comes first', async () => {
  const resolved = deferred<number>();
  resolved.resolve(Promise.resolve(7));
  resolved.reject(new Error('too late'));
  await expect(resolved.promise).resolves.toBe(7);

  const rejected = deferred();
  rejected.reject(new Error('failed'));
  await expect(rejected.promise).rejects.toThrow('failed');
});
