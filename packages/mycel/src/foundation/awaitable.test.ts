import { expect, test } from 'vitest';
import { isThenable } from './awaitable.ts';

/** A promise of another library, or what only looks like one. */
class Foreign {
  readonly [key: string]: unknown;

  constructor(then: unknown) {
    Object.assign(this, { ['then']: then });
  }
}

test('a promise is told from a plain value by its then', () => {
  const values: readonly unknown[] = [
    Promise.resolve(),
    new Foreign(() => {}),
    undefined,
    null,
    0,
    'then',
    {},
    () => {},
  ];
  expect([...values, new Foreign(true)].map((value) => isThenable(value))).toEqual([
    ...[true, true],
    ...[false, false, false, false, false, false, false],
  ]);
});
