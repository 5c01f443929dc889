import type { DeadLetter, DeadLetterReason } from '../transport/dead-letter.ts';
import { shortAge } from './ages.ts';
import type { Style } from './paint.ts';
import { printableLine } from './printable.ts';
import { type Column, type TableOptions, textTable } from './text-table.ts';

/** What a list shows of a dead letter: nothing of its body, since there may be many. */
export type LetterRow = Pick<
  DeadLetter,
  'id' | 'service' | 'method' | 'reason' | 'attempts' | 'lastFailedAt' | 'error'
>;

/** Takes what a list shows. */
export function rowOf({ id, service, method, reason, attempts, lastFailedAt, error }: DeadLetter): LetterRow {
  const { type, code } = error;
  // One line of a terminal: the rest is not kept.
  const message = error.message.slice(0, 500);
  return { id, service, method, reason, attempts, lastFailedAt, error: { type, code, message } };
}

/** How each reason is coloured. */
export const reasonStyles: Readonly<Record<DeadLetterReason, Style>> = {
  failed: 'red',
  invalid: 'yellow',
  poison: 'magenta',
};

const columns: readonly Column[] = [
  { title: 'ID' },
  { title: 'AGE', isRight: true, leaves: 3 },
  { title: 'HANDLER', least: 16 },
  { title: 'REASON', leaves: 2 },
  { title: 'TRIES', isRight: true, leaves: 1 },
  { title: 'ERROR' },
];

/** Writes letters as a table; `now` is in milliseconds since 1970. */
export function letterTable(rows: readonly LetterRow[], now: number, options: TableOptions = {}): string[] {
  const length = tellingLength(rows.map(({ id }) => id));
  const cells = rows.map((row) => [
    { text: printableLine(row.id.slice(0, length)), style: 'cyan' as const },
    { text: shortAge(now - row.lastFailedAt.getTime()) },
    { text: printableLine(handlerOf(row)) },
    { text: row.reason, style: reasonStyles[row.reason] },
    { text: String(row.attempts) },
    { text: describeLetterError(row) },
  ]);
  return textTable(columns, cells, options);
}

/** Names the handler that failed. */
export function handlerOf({ service, method }: Pick<DeadLetter, 'service' | 'method'>): string {
  return service === '' && method === '' ? '?' : `${service}.${method}`;
}

/** Says in one line what went wrong. */
function describeLetterError({ error: { type, message } }: Pick<DeadLetter, 'error'>): string {
  return printableLine(message === '' ? type : `${type}: ${message}`);
}

/** How much of the ids tells each from the others: 8 characters, or more. */
function tellingLength(ids: readonly string[]): number {
  const sorted = ids.toSorted();
  let length = 8;
  for (const [index, id] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === id) continue;
    while (before?.slice(0, length) === id.slice(0, length)) length += 1;
  }
  return length;
}
