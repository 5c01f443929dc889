import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { compareSurface, renderSurface, writeSurface } from './surface-files.ts';

const manifest = JSON.stringify({
  name: 'mycel',
  exports: { '.': { types: './dist/index.d.ts' }, './package.json': './package.json' },
});

function packageWith(files: Record<string, string>): ReturnType<typeof fixtureTree> {
  return fixtureTree({ 'package.json': manifest, ...files });
}

function surfaceOf(files: Record<string, string>): string | undefined {
  using tree = packageWith(files);
  return renderSurface(tree.root).get('mycel.txt');
}

test('every name is printed with its declaration, sorted, without comments', () => {
  const surface = surfaceOf({
    'dist/index.d.ts': `export { b, A } from './a.ts';\nexport type { I, T } from './t.js';`,
    'dist/a.d.ts': `/** Doc. */\nexport declare class A {\n    #private;\n    /** Inner. */\n    x: number;\n}\nexport declare const b: A;`,
    'dist/t.d.ts': `export interface I {\n    y: string; // aside\n}\nexport type T = I | "// no comment";`,
  });
  expect(surface).toBe(
    [
      '# mycel: 4 names',
      'class A {\n    x: number;\n}',
      'interface I {\n    y: string;\n}',
      'type T = I | "// no comment";',
      'const b: A;\n',
    ].join('\n\n'),
  );
});

test('overloads, and a type beside a value of its name, are all printed', () => {
  const declarations = [
    'export declare function f(x: string): string;',
    'export declare function f(x: number): number;',
    'export interface K { k: 1 }',
    'export declare const K: K;',
  ];
  const surface = surfaceOf({ 'dist/index.d.ts': declarations.join('\n') });
  expect(surface).toContain('function f(x: string): string;\nfunction f(x: number): number;');
  expect(surface).toContain('interface K { k: 1 }\nconst K: K;');
});

test('a name is followed through several files and renamings', () => {
  const surface = surfaceOf({
    'dist/index.d.ts': `import { inner } from './b/c.ts';\nexport { inner as outer };\nexport { deep } from './b/c.ts';`,
    'dist/b/c.d.ts': `declare const secret: 1;\nexport { secret as inner };\nexport { deep } from '../d.ts';`,
    'dist/d.d.ts': 'export declare const deep: 2;',
  });
  expect(surface).toContain('secret as outer: const secret: 1;');
  expect(surface).toContain('const deep: 2;');
});

test('a name of another package ends at the package', () => {
  expect(surfaceOf({ 'dist/index.d.ts': `export type { S } from '@standard-schema/spec';` })).toContain(
    `export { S } from '@standard-schema/spec';`,
  );
});

test('a door that exports * is refused, and so is a name behind one', () => {
  expect(() => surfaceOf({ 'dist/index.d.ts': `export * from './a.ts';`, 'dist/a.d.ts': '' })).toThrow(
    /list the names/,
  );
  expect(() => surfaceOf({ 'dist/index.d.ts': `export * as a from './a.ts';`, 'dist/a.d.ts': '' })).toThrow(
    /list the names/,
  );
  const behind = { 'dist/index.d.ts': `export { a } from './a.ts';`, 'dist/a.d.ts': `export * from './b.ts';` };
  expect(() => surfaceOf(behind)).toThrow(/list the names/);
});

test('a door that is not built says what to run', () => {
  expect(() => surfaceOf({})).toThrow(/npm run build/);
});

test('a change shows as a diff until it is written', () => {
  using tree = packageWith({ 'dist/index.d.ts': 'export declare const a: 1;', 'surface/gone.txt': '# mycel/gone\n' });
  expect(compareSurface(tree.root).join('\n')).toMatch(/-# mycel\/gone[\s\S]*\+const a: 1;/);
  writeSurface(tree.root);
  expect(existsSync(join(tree.root, 'surface/gone.txt'))).toBe(false);
  expect(compareSurface(tree.root)).toEqual([]);

  writeFileSync(join(tree.root, 'dist/index.d.ts'), 'export declare const a: 2;');
  expect(compareSurface(tree.root)).toEqual([expect.stringMatching(/-const a: 1;\n\+const a: 2;/)]);
  rmSync(join(tree.root, 'surface/mycel.txt'));
  expect(compareSurface(tree.root)).toEqual([expect.stringContaining('+const a: 2;')]);
});
