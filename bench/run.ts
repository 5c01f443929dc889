// The benchmark: `npm run bench -- [--quick] [--help]`. It measures the compiled package: `npm run build` comes first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { connect } from 'amqplib';
import { type BenchArguments, parseBenchArguments, usage } from './arguments.ts';
import { startBrokerProcess } from './broker-process.ts';
import { checkBars, type Findings } from './bars.ts';
import { type Footprint, measureFootprints } from './footprint.ts';
import { measureMessageRates } from './message-rates.ts';
import { formatBars, formatFootprints, formatMessageRates, formatSummaries } from './report.ts';
import { runScenario, type Scenario, type Summary } from './rounds.ts';
import { scenarios } from './scenarios.ts';

/** As Mycel's `maxWorkers` and everyone's prefetch, it keeps the most calls in flight from waiting for each other. */
const prefetch = 200;

function progress(text: string): void {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${text}`);
}

function chosenScenarios({ parts, contenders, inFlight }: BenchArguments): Scenario[] {
  const chosen = (['rpc', 'events', 'broker'] as const)
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
  const footprints: Footprint[] = chosen.parts.includes('footprint') ? await measureFootprints(chosen, progress) : [];
  return { summaries, footprints, messages };
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
  formatBars(bars),
]) {
  if (text !== '') console.log(`\n${text}`);
}
if (chosen.jsonFile !== undefined) {
  const { rounds, seconds, starts, idleSeconds } = chosen;
  const report = { machine, options: { rounds, seconds, starts, idleSeconds, prefetch }, ...findings, bars };
  writeFileSync(chosen.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
}
if (chosen.isStrict && bars.some(({ passed }) => passed === false)) process.exitCode = 1;
