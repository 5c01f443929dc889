/** Finds the names most like `name`, best first: for "did you mean". Empty if none is near. */
export function nearest(name: string, candidates: Iterable<string>, most = 3): string[] {
  // At most every other letter: 'foo' is not like 'log'.
  const limit = Math.min(Math.max(2, Math.ceil(name.length / 3)), Math.floor(name.length / 2));
  const wanted = name.toLowerCase();
  if (!wanted) return [];
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance, candidate }) => distance <= limit || candidate.toLowerCase().startsWith(wanted))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Writes ` (did you mean 'a' or 'b'?)`, or nothing if no candidate is near: to be put behind a message. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = nearest(name, candidates).map((candidate) => `'${candidate}'`);
  return names.length ? ` (did you mean ${names.join(' or ')}?)` : '';
}

/** Levenshtein distance, with a swap of neighbours counted once (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
