import { expect, test } from 'vitest';
import { readImports } from './module-imports.ts';

const read = (...lines: string[]) =>
  readImports('sample.ts', lines.join('\n')).map((entry) => `${entry.line} ${entry.specifier}`);

test('imports of values, of types, of nothing and of everything are read with their lines', () => {
  expect(
    read(
      `import { a } from './a.ts';`,
      `import type { B } from './b.ts';`,
      `import './c.ts';`,
      `import * as d from './d.ts';`,
    ),
  ).toEqual(['1 ./a.ts', '2 ./b.ts', '3 ./c.ts', '4 ./d.ts']);
});

test('what is exported from elsewhere is read, types and all', () => {
  expect(
    read(
      `export { a, b } from './a.ts';`,
      `export type { C } from './c.ts';`,
      `export * from './d.ts';`,
      `export * as e from './e.ts';`,
    ),
  ).toEqual(['1 ./a.ts', '2 ./c.ts', '3 ./d.ts', '4 ./e.ts']);
});

test('dynamic imports and types written as imports are read, wherever they stand', () => {
  const lines = [`async function f(x: import('./a.ts').A) {`, `  return { x, b: await import('./b.ts') };`, '}'];
  expect(read(...lines)).toEqual(['1 ./a.ts', '2 ./b.ts']);
});

test('an import whose name is computed cannot be followed and is left out', () => {
  expect(read('const load = (name: string) => import(name);')).toEqual([]);
});

test('comments and strings are no imports', () => {
  expect(read(`// import './a.ts'`, `const text = "import './b.ts'";`, 'const t = `export * from "./c.ts"`;')).toEqual(
    [],
  );
});

test('decorators, accessors and `using` are understood', () => {
  expect(
    read(`import { rpc } from './rpc.ts';`, 'class A { @rpc add() {} accessor x = 1; }', 'using a = f();'),
  ).toEqual(['1 ./rpc.ts']);
});

test('a file that is no TypeScript is an error, not a file without imports', () => {
  expect(() => read('import {')).toThrow(SyntaxError);
});
