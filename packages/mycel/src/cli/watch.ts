import { fork, type ChildProcess } from 'node:child_process';
import { statSync, watch as watchFiles, type FSWatcher } from 'node:fs';
import { basename, dirname, resolve, sep } from 'node:path';
import { exitCode, signalCodes } from './exit-codes.ts';
import { watchedVariable } from './life-line.ts';
import { resolveModule } from './resolve-module.ts';
import type { RunOptions } from './run.ts';

/** Editors and compilers write in several steps: a change counts when it has been quiet for this long. */
const quietMs = 80;

/** What a child may take to stop before it is ended: while developing, a new start is worth more than old work. */
const mostStopMs = 5000;

const ignored = new Set(['node_modules', '.git', 'dist', 'coverage']);

/** `mycel run --watch`: runs the command in a child process, and anew whenever a file beside its modules changes. */
export async function watch(modules: readonly string[], options: RunOptions): Promise<number> {
  const files = modules.map((module) => resolveModule(module, process.cwd()).file);
  const loop = new WatchLoop(process.argv.slice(2).filter((arg) => arg !== '--watch' && arg !== '-w'));
  const watchers = [...foldersOf(files)].map((folder) => watchFolder(folder, (file) => loop.changed(file)));
  if (options.config) watchers.push(watchFile(options.config, (file) => loop.changed(file)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => loop.end(signal));
  say(`watching ${[...foldersOf(files)].join(', ')}${options.config ? ` and ${options.config}` : ''}`);
  const code = await loop.run();
  for (const watcher of watchers) watcher.close();
  return code;
}

/**
 * One child after the other. States: *running* (a child runs) -> *restarting* (it was told to stop; a new one follows) ->
 * *running*; a child that ends by itself leaves *waiting* (for a change); *ending* after a signal.
 */
class WatchLoop {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #isEnding = false;
  #wake: (() => void) | undefined;

  constructor(args: readonly string[]) {
    this.#args = args;
  }

  /** Notes a change; once it is quiet, the child is replaced. */
  changed(file: string): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      say(`${file} changed: starting again`);
      if (this.#child) this.#stopChild('SIGTERM');
      this.#wake?.();
    }, quietMs);
  }

  /** Ends child and loop; the second call ends the child at once. */
  end(signal: 'SIGTERM' | 'SIGINT'): void {
    if (this.#isEnding) {
      this.#child?.kill('SIGKILL');
      process.exit(signalCodes[signal]);
    }
    this.#isEnding = true;
    clearTimeout(this.#quiet);
    this.#child?.kill(signal);
    this.#wake?.();
  }

  /** Runs children until {@link end}; resolves with the exit code. */
  async run(): Promise<number> {
    for (;;) {
      const woken = new Promise<void>((wake) => {
        this.#wake = wake;
      });
      const code = await this.#runChild();
      if (this.#isEnding) return code ?? exitCode.failed;
      if (code !== undefined) {
        say(`ended with exit code ${code}: waiting for a change`);
        await woken;
        if (this.#isEnding) return exitCode.ok;
      }
    }
  }

  /** Resolves with the exit code of a child that ended by itself, or `undefined` for one that was replaced. */
  async #runChild(): Promise<number | undefined> {
    const [script = ''] = process.argv.slice(1);
    // Detached, or a terminal's ctrl-c would reach it twice: from the terminal, and from here.
    const child = fork(script, this.#args, {
      execArgv: process.execArgv,
      env: { ...process.env, [watchedVariable]: '1' },
      detached: true,
    });
    this.#child = child;
    const code = await new Promise<number>((ended) => {
      child.once('exit', (status, signal) => ended(status ?? (signal === null ? exitCode.failed : 128)));
      child.once('error', () => ended(exitCode.failed));
    });
    this.#child = undefined;
    return replaced.has(child) && !this.#isEnding ? undefined : code;
  }

  #stopChild(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (!child || replaced.has(child)) return;
    replaced.add(child);
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), mostStopMs);
    child.once('exit', () => clearTimeout(timer));
  }
}

const replaced = new WeakSet<ChildProcess>();

function foldersOf(files: readonly string[]): Set<string> {
  return new Set(files.map((file) => dirname(file)));
}

function watchFolder(folder: string, onChange: (file: string) => void): FSWatcher {
  return watchFiles(folder, { recursive: true }, (_event, file) => {
    if (file && !file.split(sep).some((part) => ignored.has(part) || part.startsWith('.'))) onChange(file);
  });
}

/** The folder is watched, as editors replace a file by another of the same name. */
function watchFile(file: string, onChange: (file: string) => void): FSWatcher {
  const path = resolve(file);
  let last = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return watchFiles(dirname(path), (_event, name) => {
    const now = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (name !== basename(path) || now === last) return;
    last = now;
    onChange(file);
  });
}

function say(text: string): void {
  process.stderr.write(`mycel: ${text}\n`);
}
