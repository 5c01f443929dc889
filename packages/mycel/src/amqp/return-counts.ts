import { type Deferred, deferred } from '../foundation/deferred.ts';

/**
 * Knows whether copies that count returns are under way. A counted event may end its process: if it began while the broker still has
 * others both as they came and as copies, each death would leave more of them, and count again what was never tried alone. In the
 * end an innocent one would be taken for poison.
 */
export class ReturnCounts {
  #underWay = 0;
  #settled: Deferred<void> | undefined;

  /** Resolves once a counted event may begin; nothing to wait for if no count is under way. */
  get settled(): Promise<void> | undefined {
    return this.#settled?.promise;
  }

  /** Follows one count. To be called after what acknowledges the event waits for `copying` as well. */
  follow(copying: Promise<unknown>): void {
    this.#underWay += 1;
    this.#settled ??= deferred();
    const ended = (): void => {
      this.#underWay -= 1;
      // By then the acknowledgements are on the wire, which is written once a turn.
      if (this.#underWay === 0) setImmediate(() => setImmediate(() => this.#release()));
    };
    copying.then(ended, ended);
  }

  #release(): void {
    if (this.#underWay > 0) return;
    this.#settled?.resolve();
    this.#settled = undefined;
  }
}
