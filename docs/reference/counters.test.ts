import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from '../../scripts/file-tree.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(import.meta.dirname, 'counters.md'), 'utf8');

/** Finds what the first group of a pattern stands for: sorted, each once. */
function found(pattern: RegExp, text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();
}

test('every counter is described, and every described one is counted', () => {
  const modules = listFiles(root, 'packages/mycel/src', /(?<!\.test)\.ts$/);
  const sources = modules.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  const code = sources.replaceAll(/^ *(?:\/?\*|\/\/).*$/gm, '');
  expect(found(/^\| `([a-z_]+)` \|/gm, page)).toEqual(found(/\bcount\(\s*'([a-z_]+)'/g, code));
});
