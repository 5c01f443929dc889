import type { DeadLetter } from '../transport/dead-letter.ts';
import { grouped, shortAge } from './ages.ts';
import { handlerOf, reasonStyles } from './letter-table.ts';
import { printableLine } from './printable.ts';
import { type Column, type TableOptions, textTable } from './text-table.ts';

/** Dead letters of one handler that were given up for one reason and class of error. */
export interface LetterGroup {
  readonly service: string;
  readonly method: string;
  readonly reason: DeadLetter['reason'];
  /** The class of the error. */
  readonly error: string;
  count: number;
  oldest: Date;
  newest: Date;
}

const columns: readonly Column[] = [
  { title: 'COUNT', isRight: true },
  { title: 'HANDLER', least: 16 },
  { title: 'REASON', leaves: 2 },
  { title: 'NEWEST', isRight: true, leaves: 3 },
  { title: 'OLDEST', isRight: true, leaves: 1 },
  { title: 'ERROR' },
];

/** Counts dead letters by handler, reason and class of error. */
export class LetterSummary {
  readonly #groups = new Map<string, LetterGroup>();

  add({ service, method, reason, error: { type }, lastFailedAt: at }: DeadLetter): void {
    const key = JSON.stringify([service, method, reason, type]);
    const group = this.#groups.get(key);
    if (!group) {
      this.#groups.set(key, { service, method, reason, error: type, count: 1, oldest: at, newest: at });
      return;
    }
    group.count += 1;
    if (at < group.oldest) group.oldest = at;
    if (at > group.newest) group.newest = at;
  }

  /** The largest group first. */
  get groups(): LetterGroup[] {
    return [...this.#groups.values()].toSorted((one, other) => other.count - one.count);
  }

  /** Writes a table; `now` is in milliseconds since 1970. */
  table(now: number, options?: TableOptions): string[] {
    const rows = this.groups.map((group) => [
      { text: grouped(group.count) },
      { text: printableLine(handlerOf(group)) },
      { text: group.reason, style: reasonStyles[group.reason] },
      { text: shortAge(now - group.newest.getTime()) },
      { text: shortAge(now - group.oldest.getTime()) },
      { text: printableLine(group.error) },
    ]);
    return textTable(columns, rows, options);
  }
}
