/** Counts what happens, by what it is and to whom it happens. */
export class Counters {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Counts one more: `count('events_retried', 'orders.ship')`. */
  count(name: string, subject = ''): void {
    let subjects = this.#counts.get(name);
    if (!subjects) this.#counts.set(name, (subjects = new Map()));
    subjects.set(subject, (subjects.get(subject) ?? 0) + 1);
  }

  /** How often it happened, to one subject or to all of them. */
  total(name: string, subject?: string): number {
    const subjects = this.#counts.get(name);
    if (!subjects) return 0;
    if (subject !== undefined) return subjects.get(subject) ?? 0;
    return [...subjects.values()].reduce((sum, count) => sum + count, 0);
  }

  /** All counts, as plain JSON: by name, then by subject. */
  toJSON(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    return Object.fromEntries([...this.#counts].map(([name, subjects]) => [name, Object.fromEntries(subjects)]));
  }
}
