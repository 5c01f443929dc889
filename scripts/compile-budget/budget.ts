import type { Finding } from '../finding.ts';
import type { Amount, Style } from './services.ts';

/** How much more a style may cost the compiler than another: type instantiations for each rpc, its calls included. */
export interface Budget {
  readonly style: Style;
  readonly over: Style;
  readonly instantiationsPerRpc: number;
}

/** Finds the styles that cost more than their budget. `work` holds the instantiations of each style. */
export function checkBudgets(work: ReadonlyMap<Style, number>, budgets: readonly Budget[], amount: Amount): Finding[] {
  return budgets.flatMap(({ style, over, instantiationsPerRpc }) => {
    const cost = perRpc(need(work, style) - need(work, over), amount);
    if (cost <= instantiationsPerRpc) return [];
    const problem = `'${style}' costs ${cost} instantiations per rpc more than '${over}'; the budget is ${instantiationsPerRpc}`;
    return [{ file: 'scripts/check-compile-budget.ts', line: 1, problem }];
  });
}

/** Writes what each style costs over the bare classes. */
export function describeWork(work: ReadonlyMap<Style, number>, amount: Amount): string {
  const base = need(work, 'none');
  const costs = [...work].map(([style, count]) => `${style} ${perRpc(count - base, amount)}`);
  return `type instantiations per rpc, ${amount.services} services: ${costs.join(', ')}`;
}

function perRpc(instantiations: number, { services, rpcs }: Amount): number {
  return Math.round(instantiations / (services * rpcs));
}

function need(work: ReadonlyMap<Style, number>, style: Style): number {
  const count = work.get(style);
  if (count === undefined) throw new Error(`the style '${style}' was not measured`);
  return count;
}
