import type { BarResult } from './bars.ts';
import type { CancelTimes } from './cancelling.ts';
import type { Footprint } from './footprint.ts';
import type { Healing } from './healing/healing.ts';
import type { MessageRates } from './message-rates.ts';
import type { Figure, Summary } from './rounds.ts';
import type { Stall } from './stalled/stalled.ts';
import { type Spread, spread } from './statistics.ts';

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
  const hasOther = group.some(({ rateToOther }) => rateToOther !== undefined);
  const headings = [
    title,
    'per second',
    'ratio',
    ...(hasOther ? ['to mycel'] : []),
    'CPU s / 10,000',
    'ratio',
    'p50 ms',
    'ratio',
    'p99 ms',
    'ratio',
  ];
  const rows = group.map(({ contender, rateToOther, figures: { rate, cpu, p50Ms, p99Ms } }) => [
    contender,
    rate.median.toFixed(0),
    formatRatio(rate),
    ...(hasOther ? [rateToOther ? formatSpread(rateToOther) : '-'] : []),
    cpu.median.toFixed(2),
    formatRatio(cpu),
    p50Ms.median.toFixed(2),
    formatRatio(p50Ms),
    p99Ms.median.toFixed(2),
    formatRatio(p99Ms),
  ]);
  return table(headings, rows);
}

function formatRatio({ ratio }: Figure): string {
  return formatSpread(ratio);
}

function formatSpread({ median, lower, upper }: Spread): string {
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

/** Medians and the worst, in seconds. */
export function formatHealings(healings: readonly Healing[]): string {
  const seconds = (values: readonly (number | undefined)[]): string[] => {
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return ['-', '-'];
    return [spread(known).median, Math.max(...known)].map((ms) => (ms / 1000).toFixed(3));
  };
  return table(
    ['healing', 'rounds', 'noticed s', 'worst', 'ready s', 'worst', 'works s', 'worst'],
    healings.map(({ cause, rounds }) => [
      cause,
      String(rounds.length),
      ...seconds(rounds.map(({ noticed }) => noticed)),
      ...seconds(rounds.map(({ ready }) => ready)),
      ...seconds(rounds.map(({ works }) => works)),
    ]),
  );
}

export function formatCancels({ calls, median, p99, worst }: CancelTimes): string {
  return table(
    ['cancelled at the caller, seen by the callee', 'calls', 'median ms', 'p99 ms', 'worst ms'],
    [['after', String(calls), median.toFixed(2), p99.toFixed(2), worst.toFixed(2)]],
  );
}

/** The waiting of events on a broker that stands still, and what came of them. */
export function formatStalls(stalls: readonly Stall[]): string {
  return table(
    [
      'published to a broker that stands still',
      'events',
      'CPU s',
      'RSS before MiB',
      'peak',
      'after',
      'bound',
      'heap left',
      'confirmed',
      'refused',
      'given up',
      'drained s',
    ],
    stalls.map((stall) => [
      stall.way,
      String(stall.events),
      stall.cpuSeconds.toFixed(1),
      stall.beforeMiB.toFixed(0),
      stall.peakMiB.toFixed(0),
      stall.afterMiB.toFixed(0),
      (stall.beforeMiB + stall.boundMiB).toFixed(0),
      stall.leftHeapMiB.toFixed(1),
      String(stall.confirmed),
      String(stall.refused),
      String(stall.givenUp),
      stall.drainSeconds.toFixed(1),
    ]),
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
