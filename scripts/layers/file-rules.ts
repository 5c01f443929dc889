import type { Finding } from '../finding.ts';
import type { ModuleGraph, SourceModule } from './module-graph.ts';

const longestFile = 500;
const shortFile = 250;
/** Names for kinds instead of ideas: the files in which circles close. */
const kindNames = /^(utils?|helpers?|lib|common|types|interfaces|misc)$/;

/** Checks the size of every file and the names of files and folders. */
export function checkFiles(graph: ModuleGraph): Finding[] {
  const findings: Finding[] = [];
  for (const { file, lines } of graph.modules.values()) {
    if (lines > longestFile) {
      const problem = `has ${lines} lines: split it by concept, no file is longer than ${longestFile}`;
      findings.push({ file, line: longestFile + 1, problem });
    }
    const kind = file.split('/').find((part) => kindNames.test(part.replace(/\.\w+$/, '')));
    if (kind !== undefined)
      findings.push({ file, line: 1, problem: `"${kind}" names a kind: name it for its concept` });
  }
  return findings;
}

/** One line about the sizes: how many files, the median, and the share of short ones. */
export function describeSizes(modules: Iterable<SourceModule>): string {
  const lengths = [...modules].map(({ lines }) => lines).toSorted((a, b) => a - b);
  const short = lengths.filter((lines) => lines < shortFile).length;
  const share = Math.floor((100 * short) / Math.max(1, lengths.length));
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  return `${lengths.length} files, median ${median} lines, longest ${lengths.at(-1) ?? 0}, ${share} % under ${shortFile}`;
}
