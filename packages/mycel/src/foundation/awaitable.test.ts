import { expect, test } from 'vitest';
import { isThenable } from './awaitable.ts';

/** A promise of another library. */
class ForeignPromise {
  // oxlint-disable-next-line unicorn/no-thenable -- it is one
  then(): void {}
}

/** An object with a member of the name that is no method. */
class Conditional {
  // oxlint-disable-next-line unicorn/no-thenable -- it is what the test is about
  readonly then: unknown = 'otherwise';
}

test.each<[string, unknown]>([
  ['a promise', Promise.resolve()],
  ['a promise of another library', new ForeignPromise()],
])('%s is waited for', (_what, value) => {
  expect(isThenable(value)).toBe(true);
});

test.each([undefined, null, 0, 'then', {}, () => {}, new Conditional()])('%s is not waited for', (value: unknown) => {
  expect(isThenable(value)).toBe(false);
});
