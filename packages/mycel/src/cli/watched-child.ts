import { type ChildProcess, fork } from 'node:child_process';
import { exitCode } from './exit-codes.ts';
import { watchedVariable } from './life-line.ts';

/** What a child may take to stop before it is ended: while developing, a new start is worth more than old work. */
const mostStopMs = 5000;

/** What the two processes of `--watch` say to each other. */
export interface WatchMessage {
  /** To the child: load the modules and run. */
  readonly mycel: 'go' | 'loaded';
  /** From the child, once its modules are loaded or could not be: where they were looked for. */
  readonly files?: readonly string[];
}

/**
 * One process that runs the command. States: *standing by* (Mycel is loaded, nothing of the user's yet) -> *running*, from
 * {@link go} on -> *ended*; {@link replace} asks a running one to stop.
 */
export class WatchedChild {
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  readonly #process: ChildProcess;
  #isReplaced = false;

  constructor(args: readonly string[], onLoaded: (files: readonly string[]) => void) {
    const [script = ''] = process.argv.slice(1);
    // Detached, or a terminal's ctrl-c would reach it twice: from the terminal, and from here.
    this.#process = fork(script, args, {
      execArgv: process.execArgv,
      env: { ...process.env, [watchedVariable]: '1' },
      detached: true,
    });
    this.#process.on('message', (message: WatchMessage) => {
      if (message.mycel === 'loaded') onLoaded(message.files ?? []);
    });
    this.ended = new Promise((ended) => {
      this.#process.once('exit', (status, signal) => {
        const code = status ?? (signal === null ? exitCode.failed : 128);
        // Its last words may still be on their way.
        if (this.#process.connected) this.#process.once('disconnect', () => ended(code));
        else ended(code);
      });
      this.#process.once('error', () => ended(exitCode.failed));
    });
  }

  /** True once it was told to make room for another. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  /** Still there, so that it can be told to go. */
  get isAlive(): boolean {
    return this.#process.connected && this.#process.exitCode === null;
  }

  go(): void {
    const message: WatchMessage = { mycel: 'go' };
    this.#process.send(message, () => {}); // One that has just died says so by its exit.
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Stops it gracefully for as long as that may take, then at once. */
  replace(): void {
    if (this.#isReplaced) return;
    this.#isReplaced = true;
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), mostStopMs);
    void this.ended.then(() => clearTimeout(timer));
  }
}
