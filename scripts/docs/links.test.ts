import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { checkLinks } from './links.ts';
import { readMarkdown } from './markdown-page.ts';

function check(files: Record<string, string>): string[] {
  using tree = fixtureTree(files);
  return checkLinks(tree.root).map(({ file, line, problem }) => `${file}:${line}: ${problem}`);
}

const guide = [
  '# The Guide',
  '',
  '## What `rpc()` does, & why',
  '',
  '## Twice',
  '',
  '## Twice',
  '',
  '<a id="by-hand"></a>',
].join('\n');

test('links to files, folders and headings that are there are good', () => {
  const readme = [
    '[a](docs/guide.md) [b](./docs/guide.md#what-rpc-does--why) [c](docs/guide.md#twice-1 "title")',
    '[d](#here) [e](docs) [f](docs/) [g](docs/guide.md#by-hand) ![h](docs/h.png)',
    '[ref]: docs/guide.md#the-guide',
    '# Here',
  ];
  expect(check({ 'README.md': readme.join('\n'), 'docs/guide.md': guide, 'docs/h.png': '' })).toEqual([]);
});

test('a link to a file that is not there is a finding with its line', () => {
  expect(check({ 'docs/a.md': '\n[x](../src/b.ts)' })).toEqual([
    'docs/a.md:2: "../src/b.ts" leads to src/b.ts, which is not there',
  ]);
  expect(check({ 'a.md': '[x]: gone.md' })).toHaveLength(1);
  expect(check({ 'a.md': '<img src="gone.png">' })).toHaveLength(1);
});

test('a link to a heading that is not there is a finding', () => {
  expect(check({ 'a.md': '[x](docs/guide.md#gone)', 'docs/guide.md': guide })).toEqual([
    'a.md:1: "docs/guide.md#gone": docs/guide.md has no heading "#gone"',
  ]);
  expect(check({ 'a.md': '[x](#gone)' })).toHaveLength(1);
});

test('absolute paths and paths out of the repository are findings', () => {
  expect(check({ 'a.md': '[x](/a.md)' })).toEqual([expect.stringContaining('is absolute')]);
  expect(check({ 'a.md': '[x](../b.md)' })).toEqual([expect.stringContaining('out of the repository')]);
});

test('web addresses, and what stands in code, are not looked at', () => {
  const text = ['[a](https://example.org/x) [b](mailto:x@example.org)', '`[c](gone.md)`', '```', '[d](gone.md)', '```'];
  expect(check({ 'a.md': text.join('\n') })).toEqual([]);
});

test('a repository without a page is a finding', () => {
  expect(check({})).toEqual([expect.stringContaining('no Markdown was read')]);
});

test('a fence ends only at a fence at least as long, and hides headings', () => {
  const page = readMarkdown(['````', '# no', '```', '# no', '````', '# yes'].join('\n'));
  expect(page.headings).toEqual([{ text: 'yes', line: 6 }]);
});
