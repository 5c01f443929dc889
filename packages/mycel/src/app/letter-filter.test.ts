import { expect, test } from 'vitest';
import { sampleLetter } from '../../../../tests/support/sample-letter.ts';
import { fits, fitsAll, type LetterFilter } from './letter-filter.ts';

const now = Date.UTC(2026, 0, 2);
const hour = 3_600_000;
const letter = sampleLetter({
  service: 'stock',
  method: 'onSold',
  reason: 'failed',
  error: { type: 'OutOfStock', code: 'OUT_OF_STOCK', message: 'No stock left for 4711' },
  lastFailedAt: new Date(now - hour),
});

test.each<[LetterFilter, boolean]>([
  [{}, true],
  [{ service: 'stock' }, true],
  [{ service: 'stoc' }, false],
  [{ method: 'onSold', service: 'stock' }, true],
  [{ method: 'onSold', service: 'bill' }, false],
  [{ reason: 'failed' }, true],
  [{ reason: 'poison' }, false],
  [{ error: 'OutOfStock' }, true],
  [{ error: 'Out' }, false],
  [{ error: 'OUT_OF_STOCK' }, true],
  [{ error: 'stock LEFT' }, true],
  [{ error: '4712' }, false],
  [{ olderThanMs: hour }, true],
  [{ olderThanMs: hour + 1 }, false],
  [{ newerThanMs: hour }, false],
  [{ newerThanMs: hour + 1 }, true],
])('a letter is held against %j: %j', (filter, expected) => {
  expect(fits(letter, filter, now)).toBe(expected);
});

test('a filter that says nothing is told from others', () => {
  expect(fitsAll({})).toBe(true);
  expect(fitsAll({ service: undefined })).toBe(true);
  expect(fitsAll({ olderThanMs: 0 })).toBe(false);
});
