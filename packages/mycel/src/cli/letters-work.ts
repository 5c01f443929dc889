import { fits } from '../app/letter-filter.ts';
import { notFound } from '../app/letter-search.ts';
import { workOn } from '../app/letter-work.ts';
import { Pace } from '../app/pace.ts';
import type { DeadLetter } from '../transport/dead-letter.ts';
import type { SortedOut } from '../transport/dead-letter-transport.ts';
import { counted, grouped } from './ages.ts';
import { isAgreed } from './agreement.ts';
import { exitCode } from './exit-codes.ts';
import { filterOf, type LetterFilterOptions } from './letter-options.ts';
import { handlerOf, letterTable, type LetterRow, rowOf } from './letter-table.ts';
import { lookAtLetters, lookForLetters } from './letters-look.ts';
import { type OpenedLetters, withLetters } from './open-letters.ts';
import { paintFor } from './paint.ts';
import { terminalWidth } from './terminal-width.ts';
import { describeStaying, describeWork, workAsJson } from './work-report.ts';

/** The options of `mycel dead-letters replay` and `drop`, as commander gives them. */
export interface WorkOptions extends LetterFilterOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  /** So many a second. */
  readonly rate?: number;
  readonly yes?: boolean;
}

/** What the command line asks for. */
interface Order {
  readonly fate: 'replay' | 'drop';
  readonly ids: readonly string[];
  readonly options: WorkOptions;
}

/** `mycel dead-letters replay` and `mycel dead-letters drop`. */
export function workOnLetters(fate: 'replay' | 'drop', ids: readonly string[], options: WorkOptions): Promise<number> {
  const order = { fate, ids, options };
  return withLetters(options, async (opened) => {
    if (!needsChoice(order)) return work(opened, order, undefined);
    const rows = await choose(opened, order);
    if (opened.signal.aborted) return exitCode.ok;
    if (options.dryRun) return tellChoice(rows, order);
    if (rows.length === 0 && !options.json) return tell('no dead letter matches');
    if (rows.length > 1 && !options.yes && !(await isAgreed(question(rows, order), opened.signal))) {
      tell(`nothing was ${fate === 'replay' ? 'replayed' : 'dropped'}`);
      return exitCode.failed;
    }
    return work(opened, order, new Set(rows.map(({ id }) => id)));
  });
}

const wholeId = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Whether one has to look before: to show what it would be, to ask, or to learn what an id is that was only begun. */
function needsChoice({ ids, options: { dryRun, yes } }: Order): boolean {
  return dryRun === true || (ids.length > 0 ? !ids.every((id) => wholeId.test(id)) : !yes);
}

/** Looks which letters are meant. */
async function choose(opened: OpenedLetters, { ids, options }: Order): Promise<LetterRow[]> {
  if (ids.length > 0) return (await lookForLetters(opened, ids)).map(rowOf);
  const rows: LetterRow[] = [];
  await lookAtLetters(opened, options, (letter) => rows.push(rowOf(letter)));
  return rows;
}

/** Does it with the letters that were chosen, or with those that the command line means. */
async function work(
  { letters, signal, progress }: OpenedLetters,
  { fate, ids, options }: Order,
  chosen: ReadonlySet<string> | undefined,
): Promise<number> {
  const wanted = chosen ?? (ids.length > 0 ? new Set(ids) : undefined);
  const missing = new Set(wanted);
  const filter = filterOf(options);
  const now = Date.now();
  const isMeant = (letter: DeadLetter): boolean => {
    missing.delete(letter.id);
    return wanted ? wanted.has(letter.id) : fits(letter, filter, now);
  };
  const { limit = Infinity, rate } = options;
  let count = 0;
  const done = await workOn(letters, {
    fate,
    isMeant,
    limit: Math.min(limit, wanted?.size ?? Infinity),
    pace: rate === undefined ? undefined : new Pace(rate),
    signal,
    onCount: (there) => (count = there),
    onProgress: (seen, taken) => {
      const total = wanted?.size ?? count;
      progress.show(wanted ? taken : seen, total, () => progressText(fate, { seen, taken, total, isChosen: !!wanted }));
    },
  });
  progress.clear();
  report(done, fate, { isInterrupted: signal.aborted, isJson: options.json === true });
  if (ids.length > 0 && missing.size > 0 && !signal.aborted) throw notFound([...missing]);
  return done.failed.length > 0 ? exitCode.letters : exitCode.ok;
}

interface WorkProgress {
  readonly seen: number;
  readonly taken: number;
  readonly total: number;
  /** The total is of those that were chosen, not of all that there are. */
  readonly isChosen: boolean;
}

function progressText(fate: Order['fate'], { seen, taken, total, isChosen }: WorkProgress): string {
  const verb = fate === 'replay' ? 'replayed' : 'dropped';
  if (isChosen) return `${verb} ${grouped(taken)} of ${grouped(total)}`;
  return `looked at ${grouped(seen)} of ${grouped(total)}, ${verb} ${grouped(taken)}`;
}

function report(
  done: SortedOut,
  fate: Order['fate'],
  { isInterrupted, isJson }: { isInterrupted: boolean; isJson: boolean },
): void {
  if (isJson) return void process.stdout.write(workAsJson(done, isInterrupted));
  process.stdout.write(`${describeWork(done, fate, isInterrupted)}\n`);
  for (const line of describeStaying(done)) process.stderr.write(`${line}\n`);
}

function tellChoice(rows: readonly LetterRow[], { fate, options }: Order): number {
  if (options.json) return tell(JSON.stringify({ dryRun: true, fate, letters: rows }, undefined, 2));
  const { stdout } = process;
  const width = terminalWidth(stdout);
  const table = rows.length === 0 ? [] : [...letterTable(rows, Date.now(), { width, paint: paintFor(stdout) }), ''];
  return tell([...table, `would ${fate} ${counted(rows.length, 'dead letter')}`].join('\n'));
}

function tell(text: string): number {
  process.stdout.write(`${text}\n`);
  return exitCode.ok;
}

/** Asks about a number of letters, and says whose they are. */
function question(rows: readonly LetterRow[], { fate }: Order): string {
  const byHandler = new Map<string, number>();
  for (const row of rows) byHandler.set(handlerOf(row), (byHandler.get(handlerOf(row)) ?? 0) + 1);
  const largest = [...byHandler].toSorted(([, one], [, other]) => other - one);
  const some = largest.slice(0, 5).map(([handler, count]) => `${handler} ${grouped(count)}`);
  const more = largest.length > some.length ? ', ...' : '';
  return `${fate} ${counted(rows.length, 'dead letter')} (${some.join(', ')}${more})? [y/N] `;
}
