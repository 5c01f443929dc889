import { describe, expect, test } from 'vitest';
import type { Paint } from './paint.ts';
import { type Column, cut, textTable, textWidth } from './text-table.ts';

const columns: readonly Column[] = [
  { title: 'ID' },
  { title: 'NAME', least: 6 },
  { title: 'COUNT', isRight: true, leaves: 1 },
  { title: 'TEXT' },
];
const row = (...texts: string[]) => texts.map((text) => ({ text }));
const rows = [
  row('1', 'a name that is long', '7', 'short'),
  row('22', 'b', '1,200', 'a text that is longer than others'),
];

describe('a table', () => {
  test('is as wide as what is in it', () => {
    expect(textTable(columns, rows)).toEqual([
      'ID  NAME                 COUNT  TEXT',
      '1   a name that is long      7  short',
      '22  b                    1,200  a text that is longer than others',
    ]);
  });

  test('cuts the last column first, then leaves columns out, then narrows others', () => {
    const lines = (width: number): string[] => textTable(columns, rows, { width });
    expect(lines(60)[2]).toBe('22  b                    1,200  a text that is longer than …');
    expect(lines(50)[1]).toBe('1   a name that is long  short');
    expect(lines(40)[1]).toBe('1   a name th…  short');
    expect(lines(40)[2]).toBe('22  b           a text that is longer t…');
    expect(lines(20)[1]).toBe('1   a nam…  short');
  });

  test.each([1, 5, 13, 30, 36, 50, 65, 80])('is never wider than %d columns where it can be helped', (width) => {
    for (const line of textTable(columns, rows, { width }))
      expect(textWidth(line)).toBeLessThanOrEqual(Math.max(width, 13));
  });

  test('keeps its columns straight under paint', () => {
    const paint: Paint = (style, text) => (style ? `<${text}>` : text);
    const painted = [{ text: 'x', style: 'red' as const }, ...row('b', '7', 'y')];
    expect(textTable(columns, [painted], { paint })).toEqual(['<ID>  <NAME>  <COUNT>  <TEXT>', '<x>   b         7  y']);
  });
});

test('wide characters count twice', () => {
  expect([textWidth('abc'), textWidth('在庫'), textWidth('é🎉')]).toEqual([3, 4, 3]);
  expect([cut('在庫なし', 8), cut('在庫なし', 7), cut('在庫なし', 6), cut('abc', 2)]).toEqual([
    '在庫なし',
    '在庫な…',
    '在庫…',
    'a…',
  ]);
});
