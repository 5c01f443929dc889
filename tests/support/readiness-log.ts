import { setImmediate } from 'node:timers/promises';
import type { ServiceRunner } from 'mycel';

/** Asks a runner all the time whether it is ready, and keeps each reason why it was not. */
export class ReadinessLog {
  readonly reasons = new Set<string>();
  readonly #runner: ServiceRunner;
  #isOver = false;

  constructor(runner: ServiceRunner) {
    this.#runner = runner;
    void this.#watch();
  }

  /** Resolves once it was not ready for a reason that fits. */
  async untilOff(reason: RegExp): Promise<void> {
    while (![...this.reasons].some((given) => reason.test(given))) await setImmediate();
  }

  /** Resolves once it is ready. */
  async untilOn(): Promise<void> {
    while (!(await this.#runner.health.ready()).ok) await setImmediate();
  }

  end(): void {
    this.#isOver = true;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      for (const reason of (await this.#runner.health.ready()).reasons) this.reasons.add(reason);
      await setImmediate();
    }
  }
}
