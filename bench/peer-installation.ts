import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'peers');

/** Installs the frameworks that are set beside Mycel as their lock file has them, unless they are there. */
export function installPeers(progress: (text: string) => void): void {
  // Written by npm when it has installed; older than the lock file, it is of other versions.
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  progress('installing the peers: npm ci --prefix bench/peers');
  const options = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'];
  // Standard output is the report's.
  const { status } = spawnSync('npm', options, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the peers could not be installed: see what npm says above');
}
