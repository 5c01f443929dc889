import type { Finding } from '../finding.ts';
import { isHouseFile, isTestFile, placeOf, sourceRoot, topFloor } from './house.ts';
import type { ModuleGraph, ResolvedImport, SourceModule } from './module-graph.ts';

/** Checks floors and rooms: every import from a file of `packages/mycel/src` that is no test. */
export function checkFloors(graph: ModuleGraph, doors: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = [];
  for (const module of graph.modules.values()) {
    if (!isHouseFile(module.file)) continue;
    const { floor, room } = placeOf(module.file, doors);
    if (floor === undefined) {
      const problem = `"${room}" is no room of the house: give it a floor in scripts/layers/house.ts, or move the file`;
      findings.push({ file: module.file, line: 1, problem });
      continue;
    }
    for (const entry of module.imports) {
      const problem = problemOf(module, entry, doors);
      if (problem !== undefined) findings.push({ file: module.file, line: entry.line, problem });
    }
  }
  return findings;
}

/** Says what is wrong with one import, if anything is. */
function problemOf(module: SourceModule, entry: ResolvedImport, doors: ReadonlySet<string>): string | undefined {
  const { specifier, target } = entry;
  if (specifier === 'mycel' || specifier.startsWith('mycel/')) {
    return `imports "${specifier}", the package it is part of: import the file that declares the name`;
  }
  if (!specifier.startsWith('.') || target === undefined) return undefined;
  if (!target.startsWith(sourceRoot))
    return `imports ${target}, which is not published: keep imports inside ${sourceRoot}`;
  if (isTestFile(target)) return `imports ${target}, a test: move what both need into a file of its own`;
  return crossing(module.file, target, doors);
}

function crossing(file: string, target: string, doors: ReadonlySet<string>): string | undefined {
  const from = placeOf(file, doors);
  const to = placeOf(target, doors);
  if (from.floor === undefined || to.floor === undefined) return undefined;
  if (doors.has(target) && !doors.has(file) && from.floor < to.floor) {
    return `imports the door ${target}: import the file that declares the name`;
  }
  const sameRoom = from.room === to.room;
  if (to.room === 'testing' && !sameRoom && !doors.has(file)) {
    return `imports ${target}: testing/ is for users' tests, nothing in the house depends on it`;
  }
  if (sameRoom || doors.has(file) || to.floor < from.floor) return undefined;
  if (to.floor > from.floor) {
    return `${from.room}/ (floor ${from.floor}) imports ${target} (floor ${to.floor}): move what it needs down, or hand it in`;
  }
  return from.floor === topFloor
    ? undefined
    : `${from.room}/ imports ${target}, a room of its own floor ${from.floor}: put what both need on a lower floor`;
}
