import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { type Counts, noCounts, sumCounts } from './counts.ts';

/** The environment variable that names the file the reporter writes its counts to, as JSON: ring name to counts. */
export const countsFileVariable = 'MYCEL_TEST_COUNTS';

type ModuleResult = Pick<TestModule, 'project' | 'errors' | 'children'>;

/**
 * Counts one test file. A file or a suite with errors of its own (it failed to load, a hook threw) is one failure more,
 * since the tests it holds are then missing or skipped; a test without a result (the run was cut short) is a failure.
 */
export function countModule(module: Pick<ModuleResult, 'errors' | 'children'>): Counts {
  const counts = { ...noCounts, failed: module.errors().length > 0 ? 1 : 0 };
  for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed += 1;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    counts[state === 'pending' ? 'failed' : state] += 1;
  }
  return counts;
}

/** Counts a whole run by ring; errors that no test caught stand under `unhandled errors`. */
export function countRun(modules: readonly ModuleResult[], unhandledErrors: number): Record<string, Counts> {
  const rings: Record<string, Counts> = {};
  for (const module of modules) {
    rings[module.project.name] = sumCounts([rings[module.project.name] ?? noCounts, countModule(module)]);
  }
  if (unhandledErrors > 0) rings['unhandled errors'] = { ...noCounts, failed: unhandledErrors };
  return rings;
}

/** A Vitest reporter that leaves the run's counts in a file for `scripts/test.ts`, which prints them as the last line. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env[countsFileVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify(countRun(modules, unhandledErrors.length)));
  }
}

// oxlint-disable-next-line import/no-default-export -- Vitest takes a reporter named by path from its default export
export default CountsReporter;
