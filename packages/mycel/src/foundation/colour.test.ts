import { expect, test } from 'vitest';
import { wantsColour } from './colour.ts';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { FORCE_COLOR: 'false' }, false],
])('a terminal: %j, the environment: %j, coloured: %j', (isTerminal, environment, coloured) => {
  expect(wantsColour(isTerminal, environment)).toBe(coloured);
});
