import { dirname, relative, resolve } from 'node:path';
import { isRemote } from '../config/config-location.ts';
import { resolveModule } from './resolve-module.ts';
import type { RunOptions } from './run.ts';
import { SourceWatcher } from './source-watcher.ts';
import { sayWatching, WatchLoop } from './watch-loop.ts';

/**
 * `mycel run --watch`: runs the command in a child process, and anew whenever something changes: a file beside its modules
 * or below, a file that they import from elsewhere, the configuration.
 */
export async function watch(modules: readonly string[], options: RunOptions): Promise<number> {
  const folders = new Set(modules.map((module) => dirname(resolveModule(module, process.cwd()).file)));
  const config = options.config !== undefined && !isRemote(options.config) ? options.config : undefined;
  const args = process.argv.slice(2).filter((arg) => arg !== '--watch' && arg !== '-w');
  const loop = new WatchLoop(args, (files) => {
    for (const file of files) watcher.addFile(file);
  });
  const watcher = new SourceWatcher(
    (file) => loop.changed(shown(file)),
    (why) => sayWatching(`not all folders are watched: ${why}`),
  );
  for (const folder of folders) watcher.addTree(folder);
  if (config !== undefined) watcher.addFile(resolve(config));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => loop.end(signal));
  sayWatching(`watching ${[...folders].join(', ')}${config === undefined ? '' : ` and ${config}`}`);
  const code = await loop.run();
  watcher.close();
  return code;
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}
