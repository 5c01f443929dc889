// Compiles 200 services that call each other, in every style, and holds what the API costs the compiler. Counts, not
// time: they are the same on every machine. `npm run compile-budget`
import { dirname } from 'node:path';
import { type Budget, checkBudgets, describeWork } from './compile-budget/budget.ts';
import { measureCompilation } from './compile-budget/measure.ts';
import { type Style, styles } from './compile-budget/services.ts';
import { reportFindings } from './finding.ts';

const root = dirname(import.meta.dirname);
const amount = { services: 200, rpcs: 5, proxies: 2 };

/** Rounded up by about a tenth from what was measured with TypeScript 7.0.2 and zod 4.6. */
const budgets: readonly Budget[] = [
  { style: 'plain', over: 'none', instantiationsPerRpc: 300 },
  { style: 'inline', over: 'schemas', instantiationsPerRpc: 1450 },
  { style: 'contracts', over: 'schemas', instantiationsPerRpc: 550 },
];

const work = new Map<Style, number>();
for (const style of styles) {
  const instantiations = await measureCompilation(root, style, amount);
  work.set(style, instantiations);
}
console.log(describeWork(work, amount));
reportFindings(
  checkBudgets(work, budgets, amount),
  'Something in the types of the API has become dearer: see the last changes to rpc/rpc-client.ts and core/*.ts.',
);
