import { expect, test } from 'vitest';
import { checkCycles } from './cycles.ts';
import type { SourceModule } from './module-graph.ts';
import { readImports } from './module-imports.ts';

/** Checks modules given as file to source; an import of `./b` is an import of the module `b`. */
function circles(sources: Record<string, string>): string[] {
  const modules = Object.entries(sources).map(([file, source]): [string, SourceModule] => {
    const imports = readImports(`${file}.ts`, source).map((entry) => ({ ...entry, target: entry.specifier.slice(2) }));
    return [file, { file, lines: 1, imports }];
  });
  return checkCycles({ modules: new Map(modules), unreadable: [] }).map(({ problem }) =>
    problem.replace(/^.*?: | ?:.*$/g, ''),
  );
}

test('a circle is shown with the way round it', () => {
  expect(circles({ a: `import './b';`, b: `import './c';`, c: `import './a';` })).toEqual(['a -> b -> c -> a']);
});

test('a circle of type imports alone is a circle', () => {
  expect(circles({ a: `import type { B } from './b';`, b: `export type A = import('./a').A;` })).toEqual([
    'a -> b -> a',
  ]);
});

test('a circle through a dynamic import is a circle', () => {
  expect(circles({ a: `import './b';`, b: `export const f = () => import('./a');` })).toEqual(['a -> b -> a']);
});

test('a module that imports itself is a circle', () => {
  expect(circles({ a: `import './a';` })).toEqual(['a -> a']);
});

test('two ways to one module are no circle', () => {
  expect(circles({ a: `import './b';\nimport './c';`, b: `import './d';`, c: `import './d';`, d: '' })).toEqual([]);
});

test('circles apart are found each, and a tangle once with its size', () => {
  const pairs = circles({ a: `import './b';`, b: `import './a';`, c: `import './d';`, d: `import './c';` });
  expect(pairs.toSorted()).toEqual(['a -> b -> a', 'c -> d -> c']);
  const tangle = { a: `import './b';`, b: `import './a';\nimport './c';`, c: `import './b';` };
  expect(circles(tangle)).toEqual(['a -> b -> a (3 files are tangled in this circle)']);
});
