// The benchmark: `npm run bench -- [--quick] [--help]`. It measures the compiled package: `npm run build` comes first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { connect } from 'amqplib';
import { type BenchArguments, parseBenchArguments, usage } from './arguments.ts';
import { startBrokerProcess } from './broker-process.ts';
import { checkBars, type Findings } from './bars.ts';
import { measureCancels } from './cancelling.ts';
import { type Footprint, measureFootprints, ownPrograms, peerPrograms } from './footprint.ts';
import { measureHealing } from './healing/healing.ts';
import { measureMessageRates } from './message-rates.ts';
import { installPeers } from './peer-installation.ts';
import {
  formatBars,
  formatCancels,
  formatFootprints,
  formatHealings,
  formatMessageRates,
  formatStalls,
  formatSummaries,
} from './report.ts';
import { runScenario, type Scenario, type Summary } from './rounds.ts';
import { scenarios } from './scenarios.ts';
import { measureStalls } from './stalled/stalled.ts';

/** As Mycel's `maxWorkers` and everyone's prefetch, it keeps the most calls in flight from waiting for each other. */
const prefetch = 200;

function progress(text: string): void {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${text}`);
}

function chosenScenarios({ parts, contenders, inFlight }: BenchArguments): Scenario[] {
  const chosen = (['rpc', 'events', 'broker', 'peers'] as const)
    .filter((part) => parts.includes(part))
    .flatMap((part) => scenarios[part]);
  return chosen.map((scenario) => ({
    ...scenario,
    inFlight: inFlight ?? scenario.inFlight,
    contenders: scenario.contenders.filter(
      ({ name }, index) => index === 0 || contenders === undefined || contenders.includes(name),
    ),
  }));
}

async function measureAll(chosen: BenchArguments): Promise<Findings> {
  const summaries: Summary[] = [];
  const scenarios = chosenScenarios(chosen);
  const isBrokerNeeded = scenarios.some(({ contenders }) => contenders.some((plan) => plan.isOnEmbeddedBroker));
  await using broker = isBrokerNeeded ? await startBrokerProcess(chosen.profileDir) : undefined;
  for (const scenario of scenarios) {
    const options = { ...chosen, prefetch, embeddedUri: broker?.uri ?? '' };
    summaries.push(...(await runScenario(scenario, options, progress)));
  }
  const messages =
    broker && chosen.parts.includes('broker')
      ? await measureMessageRates({ ...chosen, embeddedUri: broker.uri }, progress)
      : undefined;
  const programs = [
    ...(chosen.parts.includes('footprint') || chosen.parts.includes('peers') ? ownPrograms : []),
    ...(chosen.parts.includes('peers') ? peerPrograms : []),
  ];
  const footprints: Footprint[] = programs.length > 0 ? await measureFootprints(programs, chosen, progress) : [];
  const { parts, healings: rounds, cancels: calls, floodEvents, uri } = chosen;
  const cancels = parts.includes('cancel') ? await measureCancels(uri, calls, progress) : undefined;
  const stalls = parts.includes('stalled') ? await measureStalls(uri, floodEvents, progress) : [];
  const healings = parts.includes('healing') ? await measureHealing(rounds, progress) : [];
  return { summaries, footprints, messages, cancels, stalls, healings };
}

async function describeMachine(uri: string): Promise<Record<string, string>> {
  const connection = await connect(uri);
  const { product, version } = connection.connection.serverProperties;
  await connection.close();
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    node: process.version,
    broker: `${product} ${version}`,
    processors: `${processors.length} x ${processors[0]?.model ?? 'unknown'}`,
  };
}

function readArguments(): BenchArguments {
  try {
    const chosen = parseBenchArguments(process.argv.slice(2));
    if (chosen !== undefined) return chosen;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

const chosen = readArguments();
// A Ctrl-C ends the children as well; staying alive until their loss is noticed lets the broker be cleaned up.
process.once('SIGINT', () => {});
if (chosen.profileDir !== undefined) mkdirSync(chosen.profileDir, { recursive: true });

if (chosen.parts.includes('peers')) installPeers(progress);
const machine = await describeMachine(chosen.uri);
const findings = await measureAll(chosen);
const bars = checkBars(findings);
console.log(
  Object.entries(machine)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n'),
);
for (const text of [
  formatSummaries(findings.summaries),
  findings.messages ? formatMessageRates(findings.messages) : '',
  findings.footprints.length > 0 ? formatFootprints(findings.footprints) : '',
  findings.healings.length > 0 ? formatHealings(findings.healings) : '',
  findings.cancels ? formatCancels(findings.cancels) : '',
  findings.stalls.length > 0 ? formatStalls(findings.stalls) : '',
  formatBars(bars),
]) {
  if (text !== '') console.log(`\n${text}`);
}
if (chosen.jsonFile !== undefined) {
  const { rounds, seconds, starts, idleSeconds, healings, cancels, floodEvents } = chosen;
  const options = { rounds, seconds, starts, idleSeconds, prefetch, healings, cancels, floodEvents };
  const report = { machine, options, ...findings, bars };
  writeFileSync(chosen.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (chosen.isStrict && bars.some(({ passed }) => passed === false)) process.exitCode = 1;
