import type { Finding } from '../finding.ts';
import { isTestFile } from './house.ts';
import type { ModuleGraph } from './module-graph.ts';

/** Checks that relative imports lead to a file, and say its name in full. What stands in `dist` need not be built yet. */
export function checkTargets(graph: ModuleGraph): Finding[] {
  const findings: Finding[] = [];
  for (const { file, imports } of graph.modules.values()) {
    for (const { specifier, line, target } of imports) {
      if (!specifier.startsWith('.') || specifier.includes('/dist/')) continue;
      if (target === undefined)
        findings.push({ file, line, problem: `imports "${specifier}", which leads to no file` });
      else if (!/\.\w+$/.test(specifier)) {
        findings.push({
          file,
          line,
          problem: `imports "${specifier}" without its extension: write "${specifier}/index.ts"`,
        });
      }
    }
  }
  return findings;
}

/**
 * Checks that the other packages and the examples come in by the doors of `mycel`: by one of the names in `exports`, and
 * never by a path into a package that is not their own.
 */
export function checkDoors(graph: ModuleGraph, doorNames: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const { file, imports } of graph.modules.values()) {
    const home = /^(?:packages(?!\/mycel\/)|examples)\/[^/]+\//.exec(file)?.[0];
    for (const { specifier, line, target } of imports) {
      const name = /^mycel(?:\/.*)?$/.exec(specifier)?.[0];
      if (name !== undefined && !doorNames.has(name) && !file.startsWith('packages/mycel/')) {
        const known = [...doorNames].join(', ');
        findings.push({
          file,
          line,
          problem: `imports "${specifier}", which is no door of mycel: use one of ${known}`,
        });
      }
      if (home === undefined || target === undefined || target.startsWith(home)) continue;
      if (isTestFile(file) && target.startsWith('tests/support/')) continue;
      findings.push({ file, line, problem: `reaches out of ${home} to ${target}: import "mycel" by one of its doors` });
    }
  }
  return findings;
}
