const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** Writes how long something takes or is ago, in its largest unit: `3h`. */
export function shortAge(ms: number): string {
  const [unit, size] = units.find(([, least]) => ms >= least) ?? ['s', 1000];
  return `${Math.max(0, Math.floor(ms / size))}${unit}`;
}

/** Writes a number with commas between thousands. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Writes a number of things: `1 letter`, `1,200 letters`. */
export function counted(count: number, one: string): string {
  return `${grouped(count)} ${one}${count === 1 ? '' : 's'}`;
}
