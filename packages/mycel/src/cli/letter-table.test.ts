import { describe, expect, test } from 'vitest';
import { sampleLetter } from '../../../../tests/support/sample-letter.ts';
import { letterTable, rowOf } from './letter-table.ts';
import { LetterSummary } from './letter-summary.ts';

const now = Date.UTC(2026, 0, 1, 4);

describe('a table of dead letters', () => {
  test('shows one a line, whatever is in its error', () => {
    const letters = [
      sampleLetter(),
      sampleLetter({
        id: '5a000000-x',
        reason: 'invalid',
        attempts: 0,
        error: { type: 'InvalidPayload', message: 'two\nlines \u001b[31mred' },
      }),
      sampleLetter({ id: 'm', service: '', method: '', error: { type: 'Unknown', message: '' } }),
    ];
    expect(letterTable(letters.map(rowOf), now)).toEqual([
      'ID        AGE  HANDLER       REASON   TRIES  ERROR',
      '4f9c1d2e   3h  stock.onSold  failed       5  RangeError: no stock',
      '5a000000   3h  stock.onSold  invalid      0  InvalidPayload: two lines ?[31mred',
      'm          3h  ?             failed       5  Unknown',
    ]);
  });

  test('fits a narrow terminal', () => {
    const rows = [rowOf(sampleLetter({ method: 'onEverythingThatIsSold' }))];
    expect(letterTable(rows, now, { width: 60 })).toEqual([
      'ID        AGE  HANDLER                  ERROR',
      '4f9c1d2e   3h  stock.onEverythingThat…  RangeError: no stock',
    ]);
    expect(letterTable(rows, now, { width: 40 })).toEqual([
      'ID        HANDLER           ERROR',
      '4f9c1d2e  stock.onEveryth…  RangeError:…',
    ]);
  });

  test('shows as much of the ids as tells them apart', () => {
    const rows = ['aaaaaaaa-11', 'aaaaaaaa-12', 'b'].map((id) => rowOf(sampleLetter({ id })));
    expect(letterTable(rows, now).map((line) => line.split(' ')[0])).toEqual(['ID', 'aaaaaaaa-11', 'aaaaaaaa-12', 'b']);
  });

  test('holds nothing of their bodies', () => {
    expect(Object.keys(rowOf(sampleLetter()))).not.toContain('body');
    expect(rowOf(sampleLetter({ error: { type: 'E', message: 'm'.repeat(9000), stack: 's' } })).error).toEqual({
      type: 'E',
      code: undefined,
      message: 'm'.repeat(500),
    });
  });
});

test('a summary counts by handler, reason and class of error, the largest group first', () => {
  const summary = new LetterSummary();
  summary.add(sampleLetter());
  summary.add(sampleLetter({ service: 'bill' }));
  summary.add(sampleLetter({ service: 'bill', lastFailedAt: new Date(Date.UTC(2026, 0, 1, 3, 59)) }));
  summary.add(sampleLetter({ reason: 'poison' }));
  summary.add(sampleLetter({ error: { type: 'TypeError', message: 'x' } }));
  expect(summary.table(now)).toEqual([
    'COUNT  HANDLER       REASON  NEWEST  OLDEST  ERROR',
    '    2  bill.onSold   failed      1m      3h  RangeError',
    '    1  stock.onSold  failed      3h      3h  RangeError',
    '    1  stock.onSold  poison      3h      3h  RangeError',
    '    1  stock.onSold  failed      3h      3h  TypeError',
  ]);
});
