import { deferred, type Deferred } from '../../packages/mycel/src/foundation/deferred.ts';

/** What happened, in order; a test may wait for a step instead of for time. */
export class Steps {
  readonly taken: string[] = [];
  readonly #awaited = new Map<string, Deferred<void>>();

  note(step: string): void {
    this.taken.push(step);
    this.#deferredFor(step).resolve();
  }

  /** Resolves once `step` was noted. */
  async until(step: string): Promise<void> {
    await this.#deferredFor(step).promise;
  }

  /** Says whether `step` was noted. */
  has(step: string): boolean {
    return this.taken.includes(step);
  }

  #deferredFor(step: string): Deferred<void> {
    const awaited = this.#awaited.get(step) ?? deferred();
    this.#awaited.set(step, awaited);
    return awaited;
  }
}
