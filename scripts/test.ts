// Runs the tests: `npm test -- [--ring <name>] [Vitest's own arguments]`. The output ends with the plain counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProcessGroup } from './process-group.ts';
import { parseTestArguments, type TestArguments } from './test-rings/arguments.ts';
import { countsFileVariable } from './test-rings/counts-reporter.ts';
import { type Counts, formatCounts, isGreen, noCounts, sumCounts } from './test-rings/counts.ts';
import type { RabbitServer } from './test-rings/rabbit-server.ts';
import { findRabbit } from './test-rings/rabbitmq.ts';

const root = dirname(import.meta.dirname);
const ringsWithRabbit: readonly string[] = ['rabbitmq', 'examples', 'e2e'];
/** A test in an endless loop would otherwise hold a run for ever. */
const runLimitMs = 720_000;
const oneFailure: Counts = { ...noCounts, failed: 1 };

/** Runs Vitest on the chosen rings and reads the counts its reporter left; without a reading the run itself failed. */
async function runVitest(chosen: TestArguments, rabbit: RabbitServer | undefined): Promise<Record<string, Counts>> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-test-'));
  const countsFile = join(folder, 'counts.json');
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const projects = chosen.rings.map((ring) => `--project=${ring}`);
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/test-rings/counts-reporter.ts')}`];
  const { exitCode, cutOff } = await runProcessGroup(
    process.execPath,
    [vitest, 'run', ...projects, ...reporters, ...chosen.passedOn],
    {
      cwd: root,
      limitMs: runLimitMs,
      env: { ...process.env, ...rabbitEnvironment(rabbit), [countsFileVariable]: countsFile },
    },
  );
  if (cutOff === 'limit') console.log(`the tests did not end within ${runLimitMs / 60_000} minutes and were killed`);
  try {
    const rings: Record<string, Counts> = JSON.parse(readFileSync(countsFile, 'utf8'));
    const unexplained = exitCode !== 0 && sumCounts(Object.values(rings)).failed === 0;
    return unexplained ? { ...rings, 'vitest itself': oneFailure } : rings;
  } catch {
    return { 'vitest itself': oneFailure };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rabbitEnvironment(rabbit: RabbitServer | undefined): NodeJS.ProcessEnv {
  if (rabbit === undefined) return { MYCEL_TEST_WITHOUT_RABBITMQ: '1' };
  return { AMQP_URI: rabbit.uri, ...(rabbit.managementUri && { RABBITMQ_MANAGEMENT_URI: rabbit.managementUri }) };
}

function readArguments(): TestArguments {
  try {
    return parseTestArguments(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

async function findRabbitOrSayWhy(extra: Record<string, Counts>): Promise<RabbitServer | undefined> {
  try {
    const rabbit = await findRabbit();
    if (rabbit !== undefined) console.log(`rabbitmq: ${rabbit.origin}`);
    return rabbit;
  } catch (error) {
    console.log(`rabbitmq: ${error instanceof Error ? error.message : String(error)}`);
    extra['rabbitmq itself'] = oneFailure;
    return undefined;
  }
}

const chosen = readArguments();
// Vitest is told to end; staying alive until it has lets a private broker be stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

const extra: Record<string, Counts> = {};
const wantsRabbit = chosen.rings.some((ring) => ringsWithRabbit.includes(ring));
await using rabbit = wantsRabbit ? await findRabbitOrSayWhy(extra) : undefined;
const counts = { ...(await runVitest(chosen, rabbit)), ...extra };
for (const step of chosen.failedSteps) counts[`step "${step}"`] = oneFailure;
if (wantsRabbit && rabbit === undefined && process.env['CI'] === 'true') counts['rabbitmq left out'] = oneFailure;

for (const [ring, ringCounts] of Object.entries(counts)) console.log(`${ring}: ${formatCounts(ringCounts)}`);
if (wantsRabbit && rabbit === undefined) {
  console.log('rabbitmq: left out: no server at 127.0.0.1:5672 and none installed; start one or set AMQP_URI');
}
const total = sumCounts(Object.values(counts));
process.exitCode = isGreen(total) ? 0 : 1;
console.log(formatCounts(total));
