import type { BarResult } from './bars.ts';
import type { Footprint } from './footprint.ts';
import type { MessageRates } from './message-rates.ts';
import type { Figure, Summary } from './rounds.ts';

/** Lays out rows under their headings; the first column to the left, all others to the right. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [line(headings), ...rows.map(line)].join('\n');
}

/** One table for each scenario and number in flight. Ratios are medians, with their quartiles. */
export function formatSummaries(summaries: readonly Summary[]): string {
  const groups = new Map<string, Summary[]>();
  for (const summary of summaries) {
    const title = `${summary.scenario}, ${summary.inFlight} in flight`;
    groups.set(title, [...(groups.get(title) ?? []), summary]);
  }
  return [...groups].map(([title, group]) => formatGroup(title, group)).join('\n\n');
}

function formatGroup(title: string, group: readonly Summary[]): string {
  const headings = [title, 'per second', 'ratio', 'CPU s / 10,000', 'ratio', 'p50 ms', 'ratio', 'p99 ms', 'ratio'];
  const rows = group.map(({ contender, figures: { rate, cpu, p50Ms, p99Ms } }) => [
    contender,
    rate.median.toFixed(0),
    formatRatio(rate),
    cpu.median.toFixed(2),
    formatRatio(cpu),
    p50Ms.median.toFixed(2),
    formatRatio(p50Ms),
    p99Ms.median.toFixed(2),
    formatRatio(p99Ms),
  ]);
  return table(headings, rows);
}

function formatRatio({ ratio: { median, lower, upper } }: Figure): string {
  return `${median.toFixed(2)} (${lower.toFixed(2)}..${upper.toFixed(2)})`;
}

export function formatFootprints(footprints: readonly Footprint[]): string {
  return table(
    ['one process', 'ready s', 'idle MiB'],
    footprints.map(({ program, readySeconds, memoryMiB }) => [program, readySeconds.toFixed(2), memoryMiB.toFixed(1)]),
  );
}

export function formatMessageRates({ tcp, engine, engineToTcp, growth }: MessageRates): string {
  return table(
    ['messages through the embedded broker', 'measured'],
    [
      ['per second over TCP', tcp.toFixed(0)],
      ['per second on the engine', engine.toFixed(0)],
      ['engine to TCP', engineToTcp.toFixed(1)],
      ['time of a message queued and drained among 100,000, to one among 10,000', growth.toFixed(2)],
    ],
  );
}

export function formatBars(bars: readonly BarResult[]): string {
  const rows = bars.map(({ what, limit, isCeiling, measured, passed }) => [
    what,
    `${isCeiling ? '<=' : '>='} ${limit}`,
    measured?.toFixed(2) ?? '-',
    passed === undefined ? 'not measured' : passed ? 'pass' : 'MISS',
  ]);
  return table(['bar', 'limit', 'measured', 'verdict'], rows);
}
