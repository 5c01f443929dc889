import type { ChaosReport } from './report.ts';

/** What many runs came to, together. */
export class Summary {
  readonly #failed: ChaosReport[] = [];
  readonly #faults = new Map<string, number>();
  readonly #calls = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  #runs = 0;

  get isBalanced(): boolean {
    return this.#failed.length === 0;
  }

  add(report: ChaosReport): void {
    this.#runs++;
    if (report.findings.length > 0) this.#failed.push(report);
    const { faults, calls, ...numbers } = report.totals;
    addAll(this.#faults, faults);
    addAll(this.#calls, calls);
    addAll(this.#numbers, numbers);
  }

  text(): string {
    const list = (counts: Map<string, number>): string =>
      [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
    return [
      `${this.#runs} runs, of which ${this.#failed.length} do not balance`,
      `faults: ${list(this.#faults)}`,
      `events: ${list(this.#numbers)}`,
      `calls: ${list(this.#calls)}`,
      `largest memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
      ...this.#failed.map(({ command, findings }) => `${findings.length} findings; again: ${command}`),
    ].join('\n');
  }
}

function addAll(sums: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count);
}
