import type { Finding } from '../finding.ts';
import type { ModuleGraph } from './module-graph.ts';

/** Finds the files that stand in a circle of imports, type imports counted. One finding for each circle, at its first file. */
export function checkCycles({ modules }: ModuleGraph): Finding[] {
  const neighbours = (file: string): string[] => [
    ...new Set(
      modules.get(file)?.imports.flatMap(({ target }) => (target !== undefined && modules.has(target) ? target : [])),
    ),
  ];
  return stronglyConnected([...modules.keys()], neighbours).flatMap((circle) => {
    const path = shortestCircle(circle, neighbours);
    const [file = '', next = file] = path;
    if (path.length === 0) return [];
    const line = modules.get(file)?.imports.find(({ target }) => target === next)?.line ?? 1;
    const others = circle.length > path.length ? ` (${circle.length} files are tangled in this circle)` : '';
    const problem = `stands in a circle of imports: ${[...path, file].join(' -> ')}${others}: move what is shared into a file below`;
    return [{ file, line, problem }];
  });
}

type Neighbours = (file: string) => string[];

/** Tarjan's algorithm: the groups of files that all reach each other, without the files that stand alone. */
function stronglyConnected(files: readonly string[], neighbours: Neighbours): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];

  const visit = (file: string): number => {
    const index = order.size;
    order.set(file, index);
    lowest.set(file, index);
    stack.push(file);
    for (const next of neighbours(file)) {
      const reached = order.has(next) ? (stack.includes(next) ? order.get(next) : undefined) : visit(next);
      lowest.set(file, Math.min(lowest.get(file) ?? index, reached ?? index));
    }
    if (lowest.get(file) === index) groups.push(stack.splice(stack.indexOf(file)));
    return lowest.get(file) ?? index;
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return groups.filter((group) => group.length > 1 || neighbours(group[0] ?? '').includes(group[0] ?? ''));
}

/** The shortest way from the group's first file, by name, back to itself. */
function shortestCircle(group: readonly string[], neighbours: Neighbours): string[] {
  const [start = ''] = group.toSorted();
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of neighbours(way.at(-1) ?? '')) {
      if (next === start) return way;
      if (seen.has(next) || !group.includes(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return [];
}
