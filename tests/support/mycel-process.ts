import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const root = dirname(dirname(import.meta.dirname));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const entry = join(root, 'tests/support/mycel-from-source.ts');

/** Writes a project that can import 'mycel' into a temporary folder; it is removed when the test ends. */
export function project(files: Readonly<Record<string, string>>, { type = 'module' } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-project-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const all = { 'package.json': JSON.stringify({ type }), ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const [name, target] of Object.entries({ mycel: 'packages/mycel', zod: 'node_modules/zod' })) {
    symlinkSync(join(root, target), join(folder, 'node_modules', name));
  }
  return folder;
}

/** The `mycel` command as a process of its own, from the sources. */
export class MycelProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown[]>;
  readonly #watchers = new Set<() => void>();
  #hasEnded = false;
  stdout = '';
  stderr = '';

  /** `inShell` puts a shell between that waits for the command, as npm does; signals then go to the shell. */
  constructor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}, inShell = false) {
    const own = { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] };
    const command = [process.execPath, '--import', tsx, '--conditions=@mycel/source', entry, ...args];
    const [program = '', ...rest] = inShell ? ['sh', '-c', '"$0" "$@"; exit $?', ...command] : command;
    this.#child = spawn(program, rest, {
      cwd,
      env: { ...own, ...env },
      stdio: 'pipe',
    });
    this.#exited = once(this.#child, 'close');
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#add('stdout', text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#add('stderr', text));
    void this.#exited.then(() => {
      this.#hasEnded = true;
      this.#changed();
    });
    onTestFinished(async () => {
      this.#child.kill('SIGKILL');
      await this.#exited;
    });
  }

  /** Resolves with the exit code, or with the name of the signal that ended the process. */
  get exit(): Promise<number | string | null> {
    return this.#exited.then(([code, signal]) => (code ?? signal) as number | string | null);
  }

  /** Resolves with the first match in what the process has written, or rejects if it ends without. */
  async until(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      if (this.#hasEnded) throw new Error(`ended without ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      await new Promise<void>((changed) => {
        this.#watchers.add(changed);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Writes a line to the standard input of the process. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Writes text to the standard input of the process, as it is, and ends it. */
  endInput(text = ''): void {
    this.#child.stdin?.end(text);
  }

  #add(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.#changed();
  }

  #changed(): void {
    for (const changed of this.#watchers) changed();
    this.#watchers.clear();
  }
}

/** The command line that runs a module with options of the configuration, and logs JSON. */
export function runArguments(module: string, ...options: readonly string[]): string[] {
  return ['run', ...options.flatMap((option) => ['--define', option]), '--log-format', 'json', module];
}

/** Runs a command to its end. */
export async function runMycel(
  args: readonly string[],
  cwd: string,
  env?: Readonly<Record<string, string>>,
): Promise<{ code: number | string | null; stdout: string; stderr: string }> {
  const mycel = new MycelProcess(args, cwd, env);
  const code = await mycel.exit;
  return { code, stdout: mycel.stdout, stderr: mycel.stderr };
}

/** Starts `mycel run` on a free port, waits until it works and gives the web server's URL. */
export async function startServices(
  args: readonly string[],
  cwd: string,
  env?: Readonly<Record<string, string>>,
): Promise<{ mycel: MycelProcess; url: string }> {
  const mycel = new MycelProcess(['run', '--define', 'web.address=127.0.0.1:0', ...args], cwd, env);
  const [, url = ''] = await mycel.until(/(?:"web":"|  web +)(http:[^"\s]+)["\s][^]*(?:"msg":"started|ctrl-c to stop)/);
  return { mycel, url };
}

/** A service with one route, in TypeScript with decorators. */
export const helloTs = `
import { http, service } from 'mycel';
@service('hello')
export class Hello {
  @http('GET', '/hello/<string:name>')
  hello(_request: unknown, { name }: { name: string }): string { return 'hello ' + name; }
}
`;

/** The same in plain JavaScript. */
export const helloJs = `
import { defineService, http } from 'mycel';
export class Hello {
  hello(_request, { name }) { return 'hello ' + name; }
}
export const hello = defineService(Hello, 'hello', { hello: http('GET', '/hello/<string:name>') });
`;
