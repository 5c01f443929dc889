import { deferred, type Deferred } from '../../packages/mycel/src/foundation/deferred.ts';

/** What the services of a test wait at, by name, until the test lets them go on. */
export class NamedGates {
  readonly #gates = new Map<string, Deferred<void>>();

  /** The gate of that name. Closed at first. */
  readonly gate = (name: string): Deferred<void> => {
    const found = this.#gates.get(name) ?? deferred();
    this.#gates.set(name, found);
    return found;
  };

  /** Lets nobody through any more: who comes to the gate fails. */
  readonly fails = (name: string, error: Error = new Error('boom')): void => {
    const failed = deferred();
    failed.promise.catch(() => {});
    failed.reject(error);
    this.#gates.set(name, failed);
  };

  /** Lets through who comes from now on. */
  readonly mend = (name: string): void => {
    this.reset(name);
    this.gate(name).resolve();
  };

  /** Closes the gate to who comes from now on. */
  readonly reset = (name: string): void => {
    this.#gates.delete(name);
  };
}
