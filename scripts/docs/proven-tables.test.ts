import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { checkProvenTables } from './proven-tables.ts';

const legend = ['| fault | what it is |', '|---|---|', '| cut | of a wire |', '| kill | of a process |', ''];
const proof = '[it is kept]: ../../a.test.ts "is kept"';

function check(rows: readonly string[], definitions: readonly string[] = [proof]): string[] {
  const page = [...legend, '## Publishing', '', '| fault | lost? |', '|---|---|', ...rows, '', ...definitions];
  using tree = fixtureTree({ 'docs/reference/guarantees.md': page.join('\n') });
  return checkProvenTables(tree.root).map(({ line, problem }) => `${line}: ${problem}`);
}

test('a table that speaks of each fault, and names a test for it, is good', () => {
  expect(check(['| cut: before | no: [it is kept] |', '| cut: after, kill | [no][it is kept] |'])).toEqual([]);
  expect(check(['| cut | no: [it is kept] |', '| kill | none of its business |'])).toEqual([]);
});

test('a fault that a table leaves out is a finding, and so is one that is in no list', () => {
  expect(check(['| cut | no: [it is kept] |'])).toEqual(["8: 'Publishing' says nothing of 'kill'"]);
  expect(check(['| cut, kill, flood | no: [it is kept] |'])).toEqual(["10: 'flood' is not in the list of faults"]);
});

test('a row without a test is a finding', () => {
  expect(check(['| cut | no: [it is kept] |', '| kill | no: `[it is kept]`, [by hand](a.md) |'])).toEqual([
    '11: no test shows this: name one, or say that it is none of its business',
  ]);
});

test('a label that leads to no test by name is a finding', () => {
  const rows = ['| cut, kill | no: [it is kept] |'];
  for (const definitions of [[], ['[it is kept]: ../../a.test.ts'], ['[it is kept]: ../../a.ts "is kept"']])
    expect(check(rows, definitions)).toEqual(['10: [it is kept] names no test: define it']);
});

test('a test that no row names is a finding', () => {
  expect(check(['| cut, kill | no: [it is kept] |'], [proof, '[other]: ../../b.test.ts "other"'])).toEqual([
    '13: [other] is used nowhere',
  ]);
});

test('a page that is not there, or has no table, is a finding', () => {
  using empty = fixtureTree({});
  expect(checkProvenTables(empty.root)).toMatchObject([{ problem: 'the page of guarantees is not there' }]);
  using bare = fixtureTree({ 'docs/reference/guarantees.md': '# Guarantees' });
  expect(checkProvenTables(bare.root)).toMatchObject([{ problem: expect.stringContaining('no table') as string }]);
});
