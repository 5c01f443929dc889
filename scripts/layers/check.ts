import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../finding.ts';
import { checkCycles } from './cycles.ts';
import { checkFiles, describeSizes } from './file-rules.ts';
import { checkFloors } from './floor-rules.ts';
import { isHouseFile } from './house.ts';
import { checkDoors, checkTargets } from './import-rules.ts';
import { readModuleGraph } from './module-graph.ts';

export interface LayerReport {
  readonly findings: readonly Finding[];
  /** How much was read: a check that reads nothing must not look like one that finds nothing. */
  readonly summary: string;
}

/** Checks a whole repository: floors, rooms, doors, circles, sizes and names. */
export function checkLayers(root: string): LayerReport {
  const graph = readModuleGraph(root);
  const doors = readDoors(root);
  const house = [...graph.modules.values()].filter(({ file }) => isHouseFile(file));
  const findings = [
    ...graph.unreadable,
    ...checkTargets(graph),
    ...checkFloors(graph, doors.files),
    ...checkDoors(graph, doors.names),
    ...checkCycles(graph),
    ...checkFiles(graph),
  ];
  const imports = house.reduce((sum, module) => sum + module.imports.length, 0);
  if (imports === 0) {
    const problem = 'no module or no import was read: the check looks in the wrong place or cannot read the sources';
    findings.push({ file: 'packages/mycel/src', line: 1, problem });
  }
  const summary = [
    `read ${graph.modules.size} modules and, in packages/mycel/src, ${imports} imports`,
    `sources: ${describeSizes(house)}`,
    `everything: ${describeSizes(graph.modules.values())}`,
  ].join('\n');
  return { findings, summary };
}

/** The doors of `mycel`: their names for importers, and the source files behind them. */
function readDoors(root: string): { names: ReadonlySet<string>; files: ReadonlySet<string> } {
  const manifest: { exports: Record<string, { '@mycel/source': string } | string> } = JSON.parse(
    readFileSync(join(root, 'packages/mycel/package.json'), 'utf8'),
  );
  const doors = Object.entries(manifest.exports);
  return {
    names: new Set(doors.map(([path]) => `mycel${path.slice(1)}`)),
    files: new Set(
      doors.flatMap(([, target]) =>
        typeof target === 'string' ? [] : join('packages/mycel', target['@mycel/source']),
      ),
    ),
  };
}
