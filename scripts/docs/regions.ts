/** A passage of a source file that the docs quote. */
export interface Region {
  readonly name: string;
  /** Its lines without markers, moved to the left margin. */
  readonly text: string;
  /** Where its first marker stands. */
  readonly line: number;
  readonly isClosed: boolean;
}

const marker = /^\s*(?:\/\/|#) #(region|endregion) (\S+)\s*$/;

/**
 * Reads the regions of a file, from `// #region name` to `// #endregion name` (`#` instead of `//` in YAML and
 * Dockerfiles). They may overlap: the markers of others are left out of a region.
 */
export function readRegions(source: string): Region[] {
  const lines = source.split('\n');
  return lines.flatMap((line, start) => {
    const [, kind, name] = marker.exec(line) ?? [];
    if (kind !== 'region' || name === undefined) return [];
    const rest = lines.slice(start + 1);
    const end = rest.findIndex((candidate) => {
      const [, otherKind, otherName] = marker.exec(candidate) ?? [];
      return otherKind === 'endregion' && otherName === name;
    });
    const passage = (end < 0 ? rest : rest.slice(0, end)).filter((candidate) => !marker.test(candidate));
    return { name, text: atMargin(passage), line: start + 1, isClosed: end >= 0 };
  });
}

function atMargin(lines: readonly string[]): string {
  const margins = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  const margin = Math.min(...margins, 200);
  return lines
    .map((line) => line.slice(margin))
    .join('\n')
    .replace(/^\n+|\s+$/g, '');
}
