import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { checkLayers } from './check.ts';

const exports = {
  '.': { '@mycel/source': './src/index.ts' },
  './web': { '@mycel/source': './src/web/index.ts' },
  './package.json': './package.json',
};
const src = 'packages/mycel/src';

/** Checks a tree with these files beside a small good house; gives the findings as `file:line: problem`. */
function check(files: Record<string, string>): string[] {
  using tree = fixtureTree({
    'packages/mycel/package.json': JSON.stringify({ exports }),
    [`${src}/index.ts`]: `export { rpc } from './rpc/rpc.ts';\nexport { probe } from './testing/probe.ts';\n`,
    [`${src}/foundation/errors.ts`]: 'export class MycelError extends Error {}\n',
    [`${src}/core/extension.ts`]: `import type { MycelError } from '../foundation/errors.ts';\nexport type E = MycelError;\n`,
    [`${src}/rpc/rpc.ts`]: `import type { E } from '../core/extension.ts';\nexport const rpc = (e: E) => e;\n`,
    [`${src}/testing/probe.ts`]: `export const probe = 1;\n`,
    [`${src}/web/index.ts`]: `export { server } from './server.ts';\n`,
    [`${src}/web/server.ts`]: `export const server = 1;\n`,
    ...files,
  });
  return checkLayers(tree.root).findings.map(({ file, line, problem }) => `${file}:${line}: ${problem}`);
}

test('a good house has no findings', () => {
  expect(check({})).toEqual([]);
});

test('a floor does not import a higher one, not even a type', () => {
  const text = `\nimport type { rpc } from '../rpc/rpc.ts';\nexport type R = typeof rpc;\n`;
  const [finding, ...rest] = check({ [`${src}/core/bad.ts`]: text });
  expect(finding).toMatch(
    /^packages\/mycel\/src\/core\/bad.ts:2: core\/ \(floor 2\) imports .*rpc.ts \(floor 3\): move/,
  );
  expect(rest).toEqual([]);
});

test('rooms of one floor do not import each other', () => {
  expect(check({ [`${src}/events/bad.ts`]: `export { rpc } from '../rpc/rpc.ts';\n` })).toEqual([
    expect.stringContaining('events/ imports packages/mycel/src/rpc/rpc.ts, a room of its own floor 3'),
  ]);
  expect(check({ [`${src}/transport/bad.ts`]: `import '../core/extension.ts';\n` })).toHaveLength(1);
});

test('a dynamic import is an import', () => {
  expect(check({ [`${src}/core/bad.ts`]: `export const load = () => import('../rpc/rpc.ts');\n` })).toHaveLength(1);
});

test('the cli may join all rooms but testing/', () => {
  expect(check({ [`${src}/cli/main.ts`]: `import '../rpc/rpc.ts';\nimport '../web/server.ts';\n` })).toEqual([]);
  expect(check({ [`${src}/cli/main.ts`]: `import '../testing/probe.ts';\n` })).toEqual([
    expect.stringContaining(`users' tests`),
  ]);
});

test('inside the house nothing comes in by a door or by the name of the package', () => {
  expect(check({ [`${src}/web/socket.ts`]: `import './index.ts';\n` })).toEqual([
    expect.stringContaining('imports the door'),
  ]);
  expect(check({ [`${src}/web/socket.ts`]: `import 'mycel';\n` })).toEqual([
    expect.stringContaining('the package it is part of'),
  ]);
});

test('a folder without a floor is a finding', () => {
  expect(check({ [`${src}/attic/box.ts`]: 'export const box = 1;\n' })).toEqual([
    expect.stringContaining('"attic" is no room'),
  ]);
});

test('tests may import what they like, but nothing imports a test', () => {
  expect(check({ [`${src}/core/x.test.ts`]: `import '../testing/probe.ts';\nimport '../rpc/rpc.ts';\n` })).toEqual([]);
  const both = { [`${src}/core/x.test.ts`]: 'export const x = 1;\n', [`${src}/core/y.ts`]: `import './x.test.ts';\n` };
  expect(check(both)).toEqual([expect.stringContaining('a test')]);
});

test('an import that leads nowhere, or leaves out the extension, is a finding', () => {
  expect(check({ [`${src}/core/bad.ts`]: `import './gone.ts';\n` })).toEqual([
    expect.stringContaining('leads to no file'),
  ]);
  expect(check({ 'scripts/bad.ts': `import './folder';\n`, 'scripts/folder/index.ts': '' })).toHaveLength(1);
});

test('examples and other packages come in by the doors only', () => {
  expect(
    check({
      'examples/math/a.ts': `import 'mycel';\nimport 'mycel/web';\nimport './b.ts';\n`,
      'examples/math/b.ts': '',
    }),
  ).toEqual([]);
  expect(check({ 'examples/math/a.ts': `import 'mycel/src/rpc/rpc.ts';\n` })).toEqual([
    expect.stringContaining('no door of mycel'),
  ]);
  const deep = `import '../../packages/mycel/src/rpc/rpc.ts';\n`;
  expect(check({ 'examples/math/a.ts': deep })).toEqual([expect.stringContaining('reaches out of examples/math/')]);
  expect(check({ 'packages/console/a.ts': deep.replace('packages/', '').replace('../../', '../') })).toHaveLength(1);
});

test('a file that cannot be read is a finding', () => {
  expect(check({ 'scripts/bad.ts': 'import {' })).toEqual([
    expect.stringContaining('scripts/bad.ts:1: cannot be read as TypeScript'),
  ]);
});

test('a file over 500 lines and a file named for its kind are findings', () => {
  expect(check({ 'tests/long.test.ts': '\n'.repeat(500) })).toEqual([]);
  expect(check({ 'tests/long.test.ts': '\n'.repeat(501) })).toEqual([
    expect.stringContaining('tests/long.test.ts:501: has 501 lines'),
  ]);
  expect(check({ [`${src}/core/utils.ts`]: '' })).toEqual([expect.stringContaining('"utils.ts" names a kind')]);
  expect(check({ 'scripts/helpers/x.ts': '' })).toHaveLength(1);
});

test('a tree in which nothing is read is a finding', () => {
  using tree = fixtureTree({ 'packages/mycel/package.json': JSON.stringify({ exports }) });
  expect(checkLayers(tree.root).findings).toMatchObject([{ problem: expect.stringContaining('no module') }]);
});
