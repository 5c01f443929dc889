import type { Finding } from './books/finding.ts';
import type { Ledger } from './books/ledger.ts';
import { describeFault, type Fault } from './plan/fault-plan.ts';

/** What a run came to. */
export interface ChaosReport {
  readonly ring: RingName;
  readonly seed: number;
  /** What makes the same run again. */
  readonly command: string;
  readonly plan: readonly Fault[];
  readonly findings: readonly Finding[];
  readonly totals: ChaosTotals;
  /** What happened, in order. */
  readonly trace: readonly string[];
}

export type RingName = 'engine' | 'proxy' | 'rabbitmq';

/** Counts of a run: of its parts by name. */
export interface ChaosTotals {
  readonly faults: Readonly<Record<string, number>>;
  readonly published: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly handled: number;
  /** Deliveries beyond the first, of an event to a handler. */
  readonly repeats: number;
  readonly deadLetters: number;
  readonly excused: number;
  readonly calls: Readonly<Record<string, number>>;
}

/** Counts what the books say. */
export function totalsOf(ledger: Ledger, faults: readonly string[]): ChaosTotals {
  const events = [...ledger.events.values()];
  const pages = events.flatMap(({ handlers }) => [...handlers.values()]);
  const count = <T>(items: readonly T[], holds: (item: T) => boolean): number => items.filter(holds).length;
  return {
    faults: tally(faults),
    published: events.length,
    acknowledged: count(events, ({ outcome }) => outcome === 'acknowledged'),
    rejected: count(events, ({ outcome }) => outcome === 'rejected'),
    handled: count(pages, ({ handledAt }) => handledAt.length > 0),
    repeats: pages.reduce((sum, { delivered }) => sum + Math.max(0, delivered.length - 1), 0),
    deadLetters: pages.reduce((sum, { deadLetters }) => sum + deadLetters.length, 0),
    excused: count(pages, ({ excuse }) => excuse !== undefined),
    calls: tally([...ledger.calls.values()].map(({ outcome }) => outcome ?? 'none')),
  };
}

/** A report for people: one line when all is well; else also the plan, what does not balance, and how to see it again. */
export function describeReport(report: ChaosReport): string {
  const { ring, seed, findings, plan, command } = report;
  const head = `${ring}, seed ${seed}: ${describeTotals(report.totals)}`;
  if (findings.length === 0) return head;
  return [
    head,
    'the books do not balance:',
    ...findings.map(({ kind, text }) => `  ${kind}: ${text}`),
    'the plan was:',
    ...plan.map((fault) => `  ${describeFault(fault)}`),
    `again: ${command}`,
  ].join('\n');
}

export function describeTotals({ faults, calls, ...numbers }: ChaosTotals): string {
  const sum = Object.values(faults).reduce((total, count) => total + count, 0);
  const events = `${numbers.acknowledged} of ${numbers.published} events acknowledged, ${numbers.handled} handled`;
  const rest = `${numbers.repeats} repeats, ${numbers.deadLetters} dead letters, ${numbers.excused} excused`;
  return `${sum} faults, ${events}, ${rest}, calls: ${JSON.stringify(calls)}`;
}

export function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
