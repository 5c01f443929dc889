import type { Arrival } from '../books/pages.ts';

/** What a service in a process of its own tells of its work. `at` is in milliseconds since 1970: lines of several processes are read in any order. */
export type WorkReport =
  | {
      readonly kind: 'began';
      readonly handler: string;
      readonly id: string;
      readonly arrival: Omit<Arrival, 'instance'>;
    }
  | { readonly kind: 'handled'; readonly handler: string; readonly id: string; readonly at: number }
  | { readonly kind: 'ran'; readonly id: string };

const mark = 'CHAOS ';

/** Writes a report on one line. */
export function encodeReport(report: WorkReport): string {
  return `${mark}${JSON.stringify(report)}`;
}

/** Reads a line; `undefined` if it is no report, or was cut off with its process. */
export function decodeReport(line: string): WorkReport | undefined {
  if (!line.startsWith(mark)) return undefined;
  try {
    // Written by `encodeReport`.
    return JSON.parse(line.slice(mark.length)) as WorkReport;
  } catch {
    return undefined;
  }
}
