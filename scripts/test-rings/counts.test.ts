import { expect, test } from 'vitest';
import { formatCounts, isGreen, sumCounts } from './counts.ts';

test('the line names skipped tests only when there are any', () => {
  expect(formatCounts({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(formatCounts({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

test('the counts of the rings are added up', () => {
  const rings = [
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ];
  expect(sumCounts(rings)).toEqual({ passed: 11, failed: 22, skipped: 33 });
  expect(sumCounts([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});

test('a run is green when something passed and nothing failed', () => {
  expect(isGreen({ passed: 1, failed: 0, skipped: 4 })).toBe(true);
  expect(isGreen({ passed: 1, failed: 1, skipped: 0 })).toBe(false);
});

test('a run of nothing, or of skipped tests only, is not green', () => {
  expect(isGreen({ passed: 0, failed: 0, skipped: 0 })).toBe(false);
  expect(isGreen({ passed: 0, failed: 0, skipped: 9 })).toBe(false);
});
