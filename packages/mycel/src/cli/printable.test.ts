import { expect, test } from 'vitest';
import { printable, printableLine } from './printable.ts';

test.each([
  ['colours and moves of the cursor', 'a\u001b[31mb\u001b[2J', 'a?[31mb?[2J'],
  ['the same in one character, as some terminals take it', 'a\u009b31mb\u0085', 'a?31mb?'],
  ['what overwrites a line, and other signs that are not shown', 'a\rb\u0007\u007f\u0000', 'a?b???'],
  ['what turns the direction of writing', 'a\u202eb\u2066', 'a?b?'],
])('%s of others do not reach a terminal', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('lines and tabs stay, or become spaces where there is one line', () => {
  expect(printable('a\r\n\tb\n')).toBe('a\n\tb\n');
  expect(printableLine(' a\r\n\tb  c\n')).toBe('a b c');
});
