import type { Logger } from '../../foundation/logger.ts';

/** So many warnings may be logged in so long a time. */
const mostWarnings = 20;
const periodMs = 1000;

/**
 * Logs warnings about clients, a few of them each second: anybody can cause thousands. Of the others it logs at the end of the
 * second how many they were.
 */
export class QuietWarnings {
  readonly #logger: Logger;
  #logged = 0;
  #leftOut = 0;
  #period: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  warn(fields: Record<string, unknown>, message: string): void {
    this.#period ??= setTimeout(() => this.end(), periodMs).unref();
    if (this.#logged === mostWarnings) {
      this.#leftOut += 1;
      return;
    }
    this.#logged += 1;
    this.#logger.warn(fields, message);
  }

  /** Says now what was left out, if anything was. What comes later is logged again. */
  end(): void {
    clearTimeout(this.#period);
    this.#period = undefined;
    if (this.#leftOut > 0) {
      this.#logger.warn({ leftOut: this.#leftOut }, `${this.#leftOut} more warnings about clients were left out`);
    }
    this.#logged = 0;
    this.#leftOut = 0;
  }
}
