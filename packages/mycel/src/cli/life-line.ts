import { messageOf } from '../foundation/errors.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { maskUris } from '../foundation/mask-secrets.ts';
import { exitCode, signalCodes } from './exit-codes.ts';

/** Set for the child of `--watch`, which ends with its parent: it must not go on alone if that is killed. */
export const watchedVariable = 'MYCEL_WATCHED';

/** How often a process that npm started looks whether it was left behind. */
const orphanCheckMs = 500;

/** Beyond the grace period, what a stop may take before the process ends without it. */
const mostStopMs = 15_000;

/** What a kill may take after an error that nobody caught. */
const mostKillMs = 3000;

/** What a process lives for: a runner with its services, or a broker. */
export interface Held {
  /** Stops gracefully. */
  stop(): Promise<unknown>;
  /** Stops at once, because of an error. */
  kill(error: unknown): Promise<unknown>;
}

/**
 * Ties the life of the process to its services: SIGTERM and SIGINT stop them gracefully, a second signal ends the process
 * at once, an error that nobody caught ends it with a failure. Each of them works while the services still start.
 */
export class LifeLine {
  #logger: Logger = silentLogger;
  #graceMs = 0;
  #runner: Held | undefined;
  #isAskedToStop = false;
  #isFailing = false;

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onSignal(signal));
    if (process.env[watchedVariable]) process.on('disconnect', () => this.#onSignal('SIGTERM'));
    this.#watchForNpm();
    process.on('uncaughtException', (error) => this.#onStray(error, 'an error was thrown that nobody caught'));
    process.on('unhandledRejection', (reason) => this.#onStray(reason, 'a promise was rejected and nobody looked'));
  }

  /** True from the first signal on. */
  get isAskedToStop(): boolean {
    return this.#isAskedToStop;
  }

  /** True once an error that nobody caught is ending the process; it has been logged. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  logTo(logger: Logger, graceMs: number): void {
    this.#logger = logger;
    this.#graceMs = graceMs;
  }

  /** From here on a signal stops the services, instead of ending a process that has none yet. */
  hold(runner: Held): void {
    this.#runner = runner;
  }

  /** Says what the process ends with, now that everything has stopped. */
  ended(): number {
    if (this.#isFailing) return exitCode.failed;
    this.#logger.info({}, 'stopped');
    return exitCode.ok;
  }

  /**
   * npm (also as npx) runs commands in a shell, and passes signals on to that shell only: it dies, and what it ran would
   * go on for ever. So a process that npm started takes the end of its parent for a SIGTERM.
   */
  #watchForNpm(): void {
    const parent = process.ppid;
    if (process.env['npm_lifecycle_event'] === undefined || parent === 1) return;
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      if (!this.#isAskedToStop) this.#onSignal('SIGTERM');
    }, orphanCheckMs);
    timer.unref();
  }

  #onSignal(signal: 'SIGTERM' | 'SIGINT'): void {
    if (this.#isAskedToStop) {
      this.#logger.warn({ signal }, `second ${signal}: ending at once`);
      process.exit(signalCodes[signal]);
    }
    this.#isAskedToStop = true;
    if (!this.#runner) process.exit(exitCode.ok);
    this.#logger.info({ signal }, `${signal}: stopping; work in progress may finish (once more to end at once)`);
    this.#endAfter(this.#graceMs + mostStopMs, 'the services did not stop in time');
    // Whoever waits for the runner learns of a failure.
    this.#runner.stop().catch(() => {});
  }

  #onStray(error: unknown, what: string): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#logger.error({ err: error }, `${what}: ${messageOf(error)}; the process cannot go on`);
    if (!this.#runner) {
      process.stderr.write(maskUris(`mycel: ${what}: ${messageOf(error)}\n`));
      process.exit(exitCode.failed);
    }
    this.#endAfter(mostKillMs, 'the services could not be ended');
    this.#runner.kill(error).catch(() => {});
  }

  #endAfter(ms: number, why: string): void {
    const timer = setTimeout(() => {
      this.#logger.error({}, `${why}: ending the process without them`);
      process.exit(exitCode.failed);
    }, ms);
    timer.unref();
  }
}
