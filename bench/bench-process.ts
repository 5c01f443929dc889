import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { ChildMessage, ChildSettings, CommandName, Commands, Question } from './child-commands.ts';

const startTimeoutMs = 30_000;
const commandTimeoutMs = 60_000;

interface Waiting {
  readonly resolve: (answer: Commands[CommandName]['answer']) => void;
  readonly reject: (error: Error) => void;
}

/** A server or client of a contender in a process of its own. Whatever it leaves unanswered for too long kills it. */
export class BenchProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    child.on('message', (message: ChildMessage) => this.#receive(message));
    child.once('exit', (code, signal) => this.#fail(`ended with ${signal ?? `code ${code}`}`));
  }

  /** Starts a file of the benchmark and waits until it is ready. With `profileDir` it leaves its CPU profile in a folder there. */
  static async start(file: string, settings: ChildSettings, profileDir?: string): Promise<BenchProcess> {
    const name = `${settings.id} ${file}`;
    const profiling = profileDir
      ? ['--cpu-prof', `--cpu-prof-dir=${join(profileDir, `${settings.id}.${basename(file)}`)}`]
      : [];
    const child = fork(join(import.meta.dirname, file), [JSON.stringify(settings)], {
      execArgv: [...process.execArgv, ...profiling],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const started = new BenchProcess(name, child);
    // Number 0 is no question's: it stands for getting ready.
    await started.#within(startTimeoutMs, 'get ready', (resolve, reject) =>
      started.#waiting.set(0, { resolve, reject }),
    );
    return started;
  }

  /** Asks the child for something and waits for its answer. */
  ask<N extends CommandName>(name: N, ask: Commands[N]['ask']): Promise<Commands[N]['answer']> {
    return this.#within(commandTimeoutMs, name, (resolve, reject) => {
      const number = ++this.#questions;
      this.#waiting.set(number, { resolve, reject });
      const question: Question = { number, name, ask };
      this.#child.send(question);
    });
  }

  /** Has the child close its connections and end; kills it when it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    const hurry = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.ask('stop', undefined).catch(() => this.#child.kill('SIGKILL'));
    await exited;
    clearTimeout(hurry);
  }

  /** Ends the child without a chance to do anything more. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #within<N extends CommandName>(
    timeoutMs: number,
    what: string,
    start: (resolve: Waiting['resolve'], reject: Waiting['reject']) => void,
  ): Promise<Commands[N]['answer']> {
    const timer = setTimeout(() => {
      this.#fail(`took over ${timeoutMs} ms to ${what}`);
      this.#child.kill('SIGKILL');
    }, timeoutMs);
    try {
      return await new Promise<Commands[CommandName]['answer']>(start);
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: ChildMessage): void {
    const number = message.kind === 'ready' ? 0 : message.number;
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (message.kind === 'failure') waiting?.reject(new Error(`${this.#name}: ${message.failure}`));
    else waiting?.resolve(message.kind === 'ready' ? undefined : message.answer);
  }

  #fail(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#name} ${reason}`));
    this.#waiting.clear();
  }
}
