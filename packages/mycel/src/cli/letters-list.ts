import { fitsAll } from '../app/letter-filter.ts';
import { counted, grouped } from './ages.ts';
import { exitCode } from './exit-codes.ts';
import { letterAsJson } from './letter-json.ts';
import { filterOf, type LetterFilterOptions } from './letter-options.ts';
import { LetterSummary } from './letter-summary.ts';
import { letterTable, type LetterRow, rowOf } from './letter-table.ts';
import { lookAtLetters, type Looked } from './letters-look.ts';
import { type OpenedLetters, withLetters } from './open-letters.ts';
import { paintFor } from './paint.ts';
import { terminalWidth } from './terminal-width.ts';
import type { TableOptions } from './text-table.ts';

/** The options of `mycel dead-letters list`, as commander gives them. */
export interface ListOptions extends LetterFilterOptions {
  readonly summary?: boolean;
}

/** A table that is longer is read by nobody. */
const usualRows = 100;

/** `mycel dead-letters list`. */
export function listLetters(options: ListOptions): Promise<number> {
  return withLetters(options, async (opened) => {
    if (options.summary) await printSummary(opened, options);
    else if (options.json)
      await lookAtLetters(opened, options, (letter) => print(JSON.stringify(letterAsJson(letter))));
    else await printTable(opened, options);
    return exitCode.ok;
  });
}

async function printTable(opened: OpenedLetters, options: ListOptions): Promise<void> {
  const rows: LetterRow[] = [];
  const limit = options.limit ?? usualRows;
  const looked = await lookAtLetters(opened, { ...options, limit }, (letter) => rows.push(rowOf(letter)));
  if (rows.length > 0) print(...letterTable(rows, Date.now(), tableOptions()), '');
  print(`${totalOf(rows.length, looked, options)}${inOtherHands(looked)}${emptyAt(looked, opened)}`);
}

async function printSummary(opened: OpenedLetters, options: ListOptions): Promise<void> {
  const summary = new LetterSummary();
  let fitting = 0;
  const looked = await lookAtLetters(opened, options, (letter) => {
    fitting += 1;
    summary.add(letter);
  });
  if (options.json) return print(JSON.stringify({ total: fitting, groups: summary.groups }, undefined, 2));
  if (fitting > 0) print(...summary.table(Date.now(), tableOptions()), '');
  print(`${totalOf(fitting, looked, options)}${inOtherHands(looked)}${emptyAt(looked, opened)}`);
}

/** Says how many there are, as far as that is known. */
function totalOf(shown: number, { count, isCutShort }: Looked, options: ListOptions): string {
  if (count === 0) return 'no dead letters';
  const isFiltered = !fitsAll(filterOf(options));
  if (isFiltered && shown === 0 && !isCutShort)
    return count === 1 ? 'the only dead letter does not match' : `none of ${counted(count, 'dead letter')} matches`;
  if (shown === count) return counted(count, 'dead letter');
  const shownOf = `${grouped(shown)} of ${counted(count, 'dead letter')}`;
  if (!isFiltered) return isCutShort ? `${shownOf}, the oldest; --limit shows more, --summary counts them` : shownOf;
  return isCutShort
    ? `the first ${grouped(shown)} that match, of ${counted(count, 'dead letter')} in all`
    : `${shownOf} match`;
}

function inOtherHands({ missed }: Looked): string {
  return missed === 0 ? '' : `; ${grouped(missed)} more in other hands just now`;
}

function emptyAt({ count }: Looked, { target }: OpenedLetters): string {
  return count === 0 ? ` at ${target}` : '';
}

function tableOptions(): TableOptions {
  const { stdout } = process;
  return { width: terminalWidth(stdout), paint: paintFor(stdout) };
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
