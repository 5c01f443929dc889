// Runs the unit tests of the packages, and the packed tarball as its users run it, on the other Node versions: `npm run matrix`.
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Consumer, installConsumer } from './package/consumer.ts';
import { checkCommand, checkImports, checkRun } from './package/smoke.ts';
import { packTarball } from './package/tarball.ts';
import { checkWithoutBroker } from './package/without-a-broker.ts';
import { runOrThrow } from './run-command.ts';

const root = dirname(import.meta.dirname);
const majors = ['22', '24'];
/** Outside the repository, since each is some 200 MB, and kept for the next run. */
const cache = join(tmpdir(), 'mycel-node-matrix');
const installLimitMs = 240_000;
const unitLimitMs = 1_500_000;

function nodeOf(major: string): string {
  return join(cache, `node_modules/node${major}/bin/node`);
}

/** Installs what is missing from npm, where Node's builds are packages; npm itself is asked twice before giving up. */
async function installNodes(): Promise<void> {
  if (majors.every((major) => existsSync(nodeOf(major)))) return;
  mkdirSync(cache, { recursive: true });
  const aliases = majors.map((major) => `node${major}@npm:node-${process.platform}-${process.arch}@${major}`);
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', cache, ...aliases];
  const install = async (): Promise<string> => runOrThrow('npm', args, { cwd: cache, timeoutMs: installLimitMs });
  await install().catch(install);
}

async function runUnitTests(node: string): Promise<void> {
  const unit = ['--import', 'tsx', 'scripts/test.ts', '--ring', 'unit', 'packages/'];
  await runOrThrow(node, unit, { cwd: root, timeoutMs: unitLimitMs });
}

async function checkPackage(node: string, consumer: Consumer): Promise<void> {
  await checkImports(consumer, node);
  await checkCommand(consumer, node);
  await checkWithoutBroker(consumer, node);
  await checkRun(consumer, node);
}

async function run(): Promise<void> {
  await installNodes();
  await runOrThrow('npm', ['run', '--silent', 'build'], { cwd: root });
  using tarball = await packTarball(join(root, 'packages/mycel'));
  using consumer = await installConsumer(tarball.file);
  const start = performance.now();
  await Promise.all(majors.map((major) => runUnitTests(nodeOf(major))));
  console.log(
    `ok     ${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  unit tests on Node ${majors.join(' and ')}`,
  );
  for (const major of majors) {
    const begin = performance.now();
    const version = (await runOrThrow(nodeOf(major), ['--version'])).trim();
    await checkPackage(nodeOf(major), consumer);
    console.log(
      `ok     ${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  the package on Node ${version}`,
    );
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
