import { expect, test } from 'vitest';
import { ProgressLine } from './progress-line.ts';

function line({ isTTY = true, columns = 60 } = {}) {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const progress = new ProgressLine(stream, () => now);
  const at = (ms: number, done: number): void => {
    now = ms;
    progress.show(done, 100, () => `${done} of 100`);
  };
  return { written, progress, at };
}

test('progress shows on a terminal after a moment, is redrawn ten times a second, and goes', () => {
  const { written, progress, at } = line();
  at(100, 1);
  at(310, 25);
  at(350, 30);
  at(420, 50);
  progress.clear();
  progress.clear();
  expect(written).toEqual([
    '\r██████░░░░░░░░░░░░░░░░░░ 25 of 100\u001b[K',
    '\r████████████░░░░░░░░░░░░ 50 of 100\u001b[K',
    '\r\u001b[K',
  ]);
});

test('progress never takes a second line', () => {
  const { written, at } = line({ columns: 31 });
  at(500, 100);
  expect(written).toEqual(['\r████████████████████████ 100 …\u001b[K']);
});

test('without a terminal there is no progress', () => {
  const { written, progress, at } = line({ isTTY: false });
  at(500, 50);
  progress.clear();
  expect(written).toEqual([]);
});
