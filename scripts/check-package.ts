// Packs mycel, looks at the tarball, and uses it in a clean folder as its users will: `npm run package`.
import { dirname, join } from 'node:path';
import { installConsumer } from './package/consumer.ts';
import { checkNewProject } from './package/new-project.ts';
import { checkCommand, checkImports, checkRun, checkTypes } from './package/smoke.ts';
import { packTarball, strayFiles } from './package/tarball.ts';
import { checkWithoutBroker } from './package/without-a-broker.ts';
import { runOrThrow } from './run-command.ts';

const root = dirname(import.meta.dirname);
const bin = join(root, 'node_modules/.bin');
let failed = 0;

async function step(name: string, check: () => Promise<unknown> | void): Promise<void> {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

using tarball = await packTarball(join(root, 'packages/mycel'));
await step('the tarball holds only what is published', () => {
  const stray = strayFiles(tarball.contents);
  if (stray.length > 0) throw new Error(`leave these out of "files", or clean dist: ${stray.join(', ')}`);
});
await step('publint', async () => runOrThrow(join(bin, 'publint'), ['run', tarball.file, '--strict']));
await step('are the types wrong', async () => runOrThrow(join(bin, 'attw'), [tarball.file, '--profile', 'esm-only']));

using consumer = await installConsumer(tarball.file);
await step('a TypeScript service compiles against it', async () => checkTypes(consumer));
await step('every door can be imported from JavaScript', async () => checkImports(consumer, process.execPath));
await step('mycel --version', async () => checkCommand(consumer, process.execPath));
await step('a project of mycel init', async () => checkNewProject(consumer, tarball.file));

await step('mycel run, call and shell without a broker', async () => checkWithoutBroker(consumer, process.execPath));
await step('mycel run, until SIGTERM', async () => {
  if (!(await checkRun(consumer, process.execPath))) console.log('left out: there is no RabbitMQ here');
});
process.exitCode = failed > 0 ? 1 : 0;
