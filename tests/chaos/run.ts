// Breaks things at random, under load, and says whether all is accounted for: see README.md.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../packages/mycel/src/foundation/errors.ts';
import { type ChaosArguments, chaosUsage, parseChaosArguments } from './chaos-arguments.ts';
import { runOnEngine } from './engine/engine-run.ts';
import { type ChaosReport, describeReport, type RingName } from './report.ts';
import { Summary } from './summary.ts';

interface RunOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly signal: AbortSignal;
}

const rings: Record<
  RingName,
  { readonly usualMs: number; readonly run: (options: RunOptions) => Promise<ChaosReport> }
> = {
  engine: { usualMs: 10_000, run: runOnEngine },
  proxy: { usualMs: 20_000, run: async (options) => (await import('./proxy/proxy-run.ts')).runOnProxy(options) },
  rabbitmq: {
    usualMs: 60_000,
    run: async (options) => (await import('./rabbitmq/rabbitmq-run.ts')).runOnRabbitmq(options),
  },
};

/** Each ring once, or in turn until the time is over; the engine, which needs next to no time, many times in its turn. */
async function runAll(args: ChaosArguments, summary: Summary, signal: AbortSignal): Promise<void> {
  const end = Date.now() + (args.minutes ?? 0) * 60_000;
  let seed = args.seed;
  do {
    for (const ring of args.rings) {
      const times = ring === 'engine' && args.minutes !== undefined ? 20 : 1;
      for (let time = 0; time < times && !signal.aborted; time++) await runOne(ring, seed++, args, summary, signal);
    }
  } while (Date.now() < end && !signal.aborted);
}

async function runOne(
  ring: RingName,
  seed: number,
  { durationMs, trace }: ChaosArguments,
  summary: Summary,
  signal: AbortSignal,
): Promise<void> {
  const { usualMs, run } = rings[ring];
  const report = await run({ seed, durationMs: durationMs ?? usualMs, signal });
  if (signal.aborted) return;
  summary.add(report);
  const file = trace ?? (report.findings.length > 0 ? join(tmpdir(), `mycel-chaos-${ring}-${seed}.log`) : undefined);
  if (file !== undefined) writeFileSync(file, `${report.trace.join('\n')}\n`);
  console.log(`${new Date().toISOString()} ${describeReport(report)}`);
  if (file !== undefined) console.log(`what happened: ${file}`);
}

const interrupted = new AbortController();
// What a run has started is stopped in good order; who is impatient signals again.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(130);
    console.log(`${signal}: cleaning up`);
    interrupted.abort();
  });

const summary = new Summary();
function readArguments(): ChaosArguments {
  const args = process.argv.slice(2);
  if (args.includes('--help')) {
    console.log(`usage: ${chaosUsage}; see tests/chaos/README.md`);
    process.exit(0);
  }
  try {
    return parseChaosArguments(args, () => Math.floor(Math.random() * 1_000_000));
  } catch (error) {
    console.error(messageOf(error));
    process.exit(2);
  }
}

const args = readArguments();
try {
  console.log(`chaos in ${args.rings.join(', ')}, first seed ${args.seed}`);
  await runAll(args, summary, interrupted.signal);
  console.log(summary.text());
  process.exitCode = interrupted.signal.aborted ? 130 : summary.isBalanced ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
