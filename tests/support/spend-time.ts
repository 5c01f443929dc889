/** Lets time pass while nothing else can happen: for what looks at the clock itself. */
export function spendTime(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
