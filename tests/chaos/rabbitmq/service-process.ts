import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger, Note } from '../books/ledger.ts';
import { mycelCommand } from './mycel-command.ts';
import { decodeReport } from './work-report.ts';

/** How long a process may take to end in good order. */
const stopLimitMs = 60_000;

export interface ServiceProcessOptions {
  readonly name: string;
  readonly uri: string;
  /** Of 127.0.0.1, for the health endpoints. */
  readonly healthPort: number;
  readonly ledger: Ledger;
  readonly note: Note;
  /** It has ended by SIGKILL, and nobody here has sent that. */
  readonly onDeath?: () => void;
}

/** One instance of every service of the workload, as `mycel run` runs it. */
export class ServiceProcess {
  readonly name: string;
  readonly #options: ServiceProcessOptions;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** It is to end now, of whatever it may. */
  #isEnding = false;

  constructor(options: ServiceProcessOptions) {
    this.name = options.name;
    this.#options = options;
    const defines = [`amqp.uri=${options.uri}`, 'amqp.heartbeat=4s', `health.address=127.0.0.1:${options.healthPort}`];
    const log = ['--log-format', 'json', '--log-level', 'warn'];
    const settings = defines.flatMap((define) => ['--define', define]);
    const services = join(import.meta.dirname, 'service-module.ts');
    const { program, args, env } = mycelCommand(['run', ...settings, ...log, services]);
    this.#child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close');
    this.#readLines();
  }

  /** Resolves once `/health/ready` says so; rejects if the process ends before. */
  async untilReady(limitMs = 180_000): Promise<void> {
    let answer: Response | undefined;
    for (const limit = Date.now() + limitMs; Date.now() < limit; await delay(50)) {
      answer = await this.#health();
      if (answer?.ok) return;
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with ${this.#child.exitCode}`);
    }
    const { reasons } = ((await answer?.json()) ?? {}) as { readonly reasons?: readonly string[] }; // its own answer
    throw new Error(`${this.name} was not ready within ${limitMs} ms: ${reasons?.join('; ') ?? 'it did not answer'}`);
  }

  /** Why it is not ready; nothing once it is. */
  async shortcomings(): Promise<string[]> {
    const answer = await this.#health();
    if (!answer) return [`${this.name} does not answer`];
    const { reasons = [] } = (await answer.json()) as { readonly reasons?: readonly string[] }; // its own answer
    return reasons.map((reason) => `${this.name} is not ready: ${reason}`);
  }

  /** Ends in good order, or by force when that takes too long. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#isEnding = true;
    // A signal ends a program at once that is still being loaded.
    while (this.#child.exitCode === null && this.#child.signalCode === null && !(await this.#health())) await delay(50);
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      this.#options.ledger.surprise(`${this.name} did not end within ${stopLimitMs} ms of SIGTERM`);
      this.#child.kill('SIGKILL');
    }, stopLimitMs);
    await this.#ended;
    clearTimeout(timer);
    return this.#child.exitCode;
  }

  /** Ends on the spot. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Any answer tells that it is up. */
  #health(): Promise<Response | undefined> {
    return fetch(`http://127.0.0.1:${this.#options.healthPort}/health/ready`).catch(() => undefined);
  }

  #readLines(): void {
    const { ledger, note, onDeath } = this.#options;
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    void this.#ended.then(() => {
      const { exitCode, signalCode } = this.#child;
      note(`${this.name} ended: ${exitCode ?? signalCode}`);
      if (exitCode !== 0 && signalCode !== 'SIGKILL')
        ledger.surprise(`${this.name} ended with ${exitCode ?? signalCode}`);
      if (signalCode === 'SIGKILL' && !this.#isEnding) onDeath?.();
    });
  }

  #read(line: string): void {
    const { ledger, note } = this.#options;
    const report = decodeReport(line);
    if (report?.kind === 'began')
      ledger.delivered(report.handler, report.id, { ...report.arrival, instance: this.name });
    else if (report?.kind === 'handled') ledger.handled(report.handler, report.id, report.at - performance.timeOrigin);
    // Whether it may be the second time is not known here.
    else if (report?.kind === 'ran') ledger.ran(report.id, true);
    else note(`${this.name}: ${line}`);
  }
}
