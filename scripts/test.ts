// Runs the tests: `npm test -- [--ring <name>] [Vitest's own arguments]`. The output ends with the plain counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProcessGroup } from './process-group.ts';
import { parseTestArguments, type TestArguments } from './test-rings/arguments.ts';
import { countsFileVariable } from './test-rings/counts-reporter.ts';
import { type Counts, formatCounts, isGreen, noCounts, sumCounts } from './test-rings/counts.ts';
import { findServers, type FoundServer, neededServers, serverEnvironment } from './test-rings/servers.ts';

const root = dirname(import.meta.dirname);
/** A test in an endless loop would otherwise hold a run for ever. */
const runLimitMs = 2_400_000;
const oneFailure: Counts = { ...noCounts, failed: 1 };

/** Runs Vitest on the chosen rings and reads the counts its reporter left; without a reading the run itself failed. */
async function runVitest(chosen: TestArguments, servers: readonly FoundServer[]): Promise<Record<string, Counts>> {
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
      env: { ...process.env, ...serverEnvironment(servers), [countsFileVariable]: countsFile },
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

function readArguments(): TestArguments {
  try {
    return parseTestArguments(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

/** Says which servers there are, and notes as failures those that should be there and are not. */
function reportServers(found: readonly FoundServer[], failures: Record<string, Counts>): void {
  for (const { kind, server, problem } of found) {
    if (server) console.log(`${kind.name}: ${server.origin}`);
    if (problem !== undefined) {
      console.log(`${kind.name}: ${problem}`);
      failures[`${kind.name} itself`] = oneFailure;
    } else if (!server && process.env['CI'] === 'true') failures[`${kind.name} left out`] = oneFailure;
  }
}

const chosen = readArguments();
// Vitest is told to end; staying alive until it has lets a private broker be stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

const failures: Record<string, Counts> = {};
const servers = await findServers(neededServers(chosen.rings, root));
reportServers(servers, failures);
const counts: Record<string, Counts> = {};
try {
  Object.assign(counts, await runVitest(chosen, servers), failures);
} finally {
  await Promise.all(servers.map(async ({ server }) => server?.[Symbol.asyncDispose]()));
}
for (const step of chosen.failedSteps) counts[`step "${step}"`] = oneFailure;

for (const [ring, ringCounts] of Object.entries(counts)) console.log(`${ring}: ${formatCounts(ringCounts)}`);
for (const { kind, server } of servers) {
  if (!server) console.log(`${kind.name}: left out: ${kind.advice}`);
}
const total = sumCounts(Object.values(counts));
process.exitCode = isGreen(total) ? 0 : 1;
console.log(formatCounts(total));
