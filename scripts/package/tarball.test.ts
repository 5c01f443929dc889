import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { packTarball, strayFiles } from './tarball.ts';

test('what is built, run and read may be in the tarball', () => {
  const good = [
    'package.json',
    'README.md',
    'LICENSE',
    'bin/mycel.js',
    'dist/index.js',
    'dist/index.js.map',
    'dist/core/a.d.ts',
    'templates/project/src/a.test.ts',
  ];
  expect(strayFiles(good)).toEqual([]);
});

test('sources, tests and build notes are strays', () => {
  const bad = ['src/index.ts', 'dist/.tsbuildinfo', 'dist/a.test.js', 'dist/a.types.d.ts', 'tsconfig.json'];
  expect(strayFiles(bad)).toEqual(bad);
});

test('a package is packed elsewhere, and its folder left as it was', async () => {
  const manifest = JSON.stringify({ name: 'sample', version: '1.2.3', files: ['dist'] });
  using tree = fixtureTree({ 'package.json': manifest, 'dist/index.js': '', 'src/index.ts': '' });
  const tarball = await packTarball(tree.root);
  expect(tarball.contents.toSorted()).toEqual(['dist/index.js', 'package.json']);
  expect(existsSync(tarball.file)).toBe(true);
  expect(tarball.file.startsWith(tree.root)).toBe(false);
  tarball[Symbol.dispose]();
  expect(existsSync(tarball.file)).toBe(false);
});
