import { expect, test } from 'vitest';
import { withoutStack } from './serialise-error.ts';

test('an error may be had as data without the stacks of its own, its causes and its parts', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const error = new AggregateError([new RangeError('a'), 'b'], 'no broker', { cause: refused });
  expect(withoutStack(error)).toEqual({
    type: 'AggregateError',
    message: 'no broker',
    errors: [{ type: 'RangeError', message: 'a' }, 'b'],
    cause: { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
  });
  expect(withoutStack('a text')).toBe('a text');
  expect(withoutStack(undefined)).toBeUndefined();
});
