import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const tests = join(import.meta.dirname, '../..');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** How to start `mycel` from its sources, with nothing of this process's environment that it would read. */
export function mycelCommand(args: readonly string[]): {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
} {
  const entry = ['--import', tsx, '--conditions=@mycel/source', join(tests, 'support/mycel-from-source.ts')];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
  return { program: process.execPath, args: [...entry, ...args], env };
}
