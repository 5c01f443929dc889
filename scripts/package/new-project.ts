import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runOrThrow } from '../run-command.ts';
import type { Consumer } from './consumer.ts';

const root = dirname(dirname(import.meta.dirname));

/**
 * Writes a project with the installed command, into an empty folder, and does what its README says: installs (the tarball in
 * place of what is not published yet), tests, checks the types, compiles, and lets Mycel look at what was compiled.
 */
export async function checkNewProject(consumer: Consumer, tarball: string): Promise<void> {
  const outside = mkdtempSync(join(tmpdir(), 'mycel-new-'));
  const folder = join(outside, 'greeter');
  const run = async (command: string, ...args: string[]): Promise<string> => runOrThrow(command, args, { cwd: folder });
  try {
    await runOrThrow(join(consumer.folder, 'node_modules/.bin/mycel'), ['init', 'greeter'], { cwd: outside });
    await checkCreate(outside, folder);
    await run('npm', 'install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', tarball);
    await run('npm', 'test', '--silent');
    await run('npm', 'run', '--silent', 'typecheck');
    await run('npm', 'run', '--silent', 'build');
    await run('npx', 'mycel', 'config', 'check', 'config.yaml', 'dist/greeter.js');
    checkDockerfile(folder);
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}

/** `npm create mycel` has to write the same. */
async function checkCreate(outside: string, written: string): Promise<void> {
  const folder = join(outside, 'created');
  mkdirSync(folder);
  await runOrThrow(process.execPath, [join(root, 'packages/create-mycel/bin/create-mycel.js'), 'greeter'], {
    cwd: folder,
  });
  await runOrThrow('diff', ['-r', written, join(folder, 'greeter')]);
}

/** Images are not built here, but what the Dockerfile copies and runs has to be there after its steps. */
function checkDockerfile(folder: string): void {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const copied = [...text.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap((match) => (match[1] ?? '').split(' '));
  const run = [...text.matchAll(/"([^"]+\.(?:js|yaml))"/g)].map((match) => match[1] ?? '');
  const missing = [...copied.map((path) => path.replace('/app/', '')), ...run].filter(
    (path) => !existsSync(join(folder, path)),
  );
  if (copied.length === 0 || missing.length > 0) {
    throw new Error(`the Dockerfile of a new project names what is not there: ${missing.join(', ') || 'nothing'}`);
  }
}
