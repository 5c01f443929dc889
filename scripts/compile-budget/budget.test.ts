import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { checkBudgets, describeWork } from './budget.ts';
import { measureCompilation } from './measure.ts';
import { styles } from './services.ts';

const amount = { services: 10, rpcs: 2, proxies: 1 };
const work = new Map([
  ['none', 1000],
  ['plain', 1200],
] as const);

test('a style within its budget is fine, and one above it is found', () => {
  const budget = { style: 'plain', over: 'none' } as const;
  expect(checkBudgets(work, [{ ...budget, instantiationsPerRpc: 10 }], amount)).toEqual([]);
  expect(checkBudgets(work, [{ ...budget, instantiationsPerRpc: 9 }], amount)).toMatchObject([
    { problem: "'plain' costs 10 instantiations per rpc more than 'none'; the budget is 9" },
  ]);
});

test('a budget for a style that was not measured is a mistake', () => {
  const budget = { style: 'inline', over: 'none', instantiationsPerRpc: 1 } as const;
  expect(() => checkBudgets(work, [budget], amount)).toThrow("'inline' was not measured");
});

test('the costs are described in one line', () => {
  expect(describeWork(work, amount)).toBe('type instantiations per rpc, 10 services: none 0, plain 10');
});

test.each(styles)('services in the style %s compile', { timeout: 120_000 }, async (style) => {
  const root = dirname(dirname(import.meta.dirname));
  await expect(measureCompilation(root, style, { services: 3, rpcs: 2, proxies: 2 })).resolves.toBeGreaterThan(0);
});
