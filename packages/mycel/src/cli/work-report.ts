import type { SortedOut } from '../transport/dead-letter-transport.ts';
import { counted, grouped } from './ages.ts';
import { handlerOf } from './letter-table.ts';
import { printableLine } from './printable.ts';

/** Says in a line what was done. */
export function describeWork(done: SortedOut, fate: 'replay' | 'drop', isInterrupted: boolean): string {
  const count = fate === 'replay' ? done.replayed : done.dropped;
  const stopped = isInterrupted ? 'interrupted: ' : '';
  const missed = done.missed > 0 ? `; ${grouped(done.missed)} more were in other hands` : '';
  return `${stopped}${fate === 'replay' ? 'replayed' : 'dropped'} ${counted(count, 'dead letter')}${missed}`;
}

/** Says which letters stay, and why: a line for each handler and reason. */
export function describeStaying({ failed }: SortedOut): string[] {
  const counts = new Map<string, number>();
  for (const { letter, error } of failed) {
    const why = printableLine(`(${handlerOf(letter)}): ${error.message}`);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].map(
    ([why, count]) => `mycel: ${counted(count, 'dead letter')} ${count === 1 ? 'stays' : 'stay'} ${why}`,
  );
}

/** Writes what was done as JSON. */
export function workAsJson({ replayed, dropped, kept, missed, failed }: SortedOut, isInterrupted: boolean): string {
  const staying = failed.map(({ letter: { id, service, method, queue }, error }) => ({
    id,
    service,
    method,
    queue,
    error: error.message,
  }));
  const done = { replayed, dropped, kept, missed, failed: staying, interrupted: isInterrupted };
  return `${JSON.stringify(done, undefined, 2)}\n`;
}
