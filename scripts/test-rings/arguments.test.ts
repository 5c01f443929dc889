import { expect, test } from 'vitest';
import { parseTestArguments, ringNames } from './arguments.ts';

test('without --ring every ring is run', () => {
  expect(parseTestArguments([])).toEqual({ rings: ringNames, failedSteps: [], passedOn: [] });
});

test('rings are chosen by name, in both spellings of an option', () => {
  expect(parseTestArguments(['--ring', 'unit', '--ring=e2e']).rings).toEqual(['unit', 'e2e']);
});

test('what is not ours is handed on to Vitest in order', () => {
  const { passedOn } = parseTestArguments(['deferred', '--ring', 'unit', '-t', 'a name']);
  expect(passedOn).toEqual(['deferred', '-t', 'a name']);
});

test('an unknown ring is refused with the names to choose from', () => {
  expect(() => parseTestArguments(['--ring', 'units'])).toThrow(/"units": choose from unit, scripts/);
  expect(() => parseTestArguments(['--ring'])).toThrow(/choose from/);
});

test('steps that failed before the tests are carried along', () => {
  expect(parseTestArguments(['--failed-step', 'check', '--failed-step=matrix']).failedSteps).toEqual([
    'check',
    'matrix',
  ]);
});
