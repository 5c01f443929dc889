import type { Counters } from '../foundation/counters.ts';
import type { Logger } from '../foundation/logger.ts';

/** There is a line at most so often: a service that does not keep up has better to do. */
const quietMs = 1000;

/** Counts the calls of a service that were not started because their deadline had passed, and logs how many they were. */
export class ExpiredCalls {
  readonly #service: string;
  readonly #logger: Logger;
  readonly #counters: Counters | undefined;
  /** By method: those that no line has told of. */
  readonly #untold = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(service: string, logger: Logger, counters: Counters | undefined) {
    this.#service = service;
    this.#logger = logger;
    this.#counters = counters;
  }

  /** Notes one more. */
  note(method: string): void {
    this.#counters?.count('calls_expired', `${this.#service}.${method}`);
    this.#untold.set(method, (this.#untold.get(method) ?? 0) + 1);
    if (!this.#timer) this.#tell();
  }

  /** Tells of those that no line has told of yet. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold.size) this.#log();
  }

  #tell(): void {
    this.#timer = undefined;
    if (!this.#untold.size) return;
    this.#log();
    this.#timer = setTimeout(() => this.#tell(), quietMs).unref();
  }

  #log(): void {
    const methods = Object.fromEntries(this.#untold);
    const calls = [...this.#untold.values()].reduce((sum, count) => sum + count, 0);
    this.#untold.clear();
    const what = calls === 1 ? '1 call was not started: its' : `${calls} calls were not started: their`;
    this.#logger.warn(
      { calls, methods },
      `${this.#service}: ${what} deadline had passed; raise max_workers, add instances, or give calls more time`,
    );
  }
}
