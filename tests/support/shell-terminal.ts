import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Terminal } from './terminal.ts';

const root = join(import.meta.dirname, '../..');
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const entry = join(root, 'tests/support/mycel-from-source.ts');

/** `mycel shell` from the sources, at a prompt. Its history stays in `folder`. */
export function shellTerminal(folder: string, env: Readonly<Record<string, string>>): Terminal {
  const command = [process.execPath, '--import', tsx, '--conditions=@mycel/source', entry, 'shell'];
  const own = { PATH: process.env['PATH'] ?? '', TERM: 'xterm', NO_COLOR: '1' };
  return new Terminal(command, folder, { ...own, MYCEL_HISTORY: join(folder, 'history'), ...env });
}
