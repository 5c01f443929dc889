import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { checkErrorCodes, readErrorCodes } from './error-codes.ts';

const errors = `export class A extends E { readonly code = 'MYCEL_A'; }
export class B extends E { override readonly code = 'MYCEL_B'; }\n`;

function check(catalogue: string | undefined, source = errors): string[] {
  using tree = fixtureTree({
    'packages/mycel/src/errors.ts': source,
    'packages/mycel/src/errors.test.ts': `class T { code = 'MYCEL_IN_A_TEST'; }`,
    ...(catalogue !== undefined && { 'docs/reference/errors.md': catalogue }),
  });
  return checkErrorCodes(tree.root).map(({ file, line, problem }) => `${file}:${line}: ${problem}`);
}

test('the codes of classes are read, however they are declared', () => {
  const source = `class A { readonly code = 'MYCEL_A' as const; }
    const B = class { static x = 1; override readonly code: string = 'MYCEL_B'; };
    class C { abstract readonly code: string; name = 'MYCEL_NO_CODE'; }`;
  expect(readErrorCodes('a.ts', source).map(({ code, line }) => `${line} ${code}`)).toEqual(['1 MYCEL_A', '2 MYCEL_B']);
});

test('a catalogue with a heading for each code is good', () => {
  expect(check('# Errors\n## `MYCEL_A`\n### MYCEL_B: what it means\n')).toEqual([]);
});

test('a code without an entry is found at its class', () => {
  expect(check('## MYCEL_A\n\nMYCEL_B is in prose only.')).toEqual([
    expect.stringMatching(/^packages\/mycel\/src\/errors.ts:2: MYCEL_B \(B\) has no heading/),
  ]);
});

test('an entry without a class is found, and so is a second entry', () => {
  expect(check('## MYCEL_A\n## MYCEL_B\n## MYCEL_GONE')).toEqual([
    expect.stringContaining('errors.md:3: MYCEL_GONE is the code of no class'),
  ]);
  expect(check('## MYCEL_A\n## MYCEL_B\n## MYCEL_A')).toEqual([
    expect.stringContaining('errors.md:3: MYCEL_A has a second entry'),
  ]);
});

test('a code that two classes use is found', () => {
  const twice = `class A { readonly code = 'MYCEL_A'; }\nclass C { readonly code = 'MYCEL_A'; }`;
  expect(check('## MYCEL_A', twice)).toEqual([expect.stringMatching(/errors.ts:2: MYCEL_A is the code of A/)]);
});

test('a missing catalogue, or sources without a code, are findings', () => {
  expect(check(undefined)).toEqual([expect.stringContaining('the catalogue of errors is not there')]);
  expect(check('', 'export {};')).toEqual([expect.stringContaining('no error code was read')]);
});
