import { UsageError } from '../foundation/errors.ts';
import { Extension } from './extension.ts';

/**
 * What fires a method of the service. Write one: extend this class, begin to listen in `start()`, end in `stop()`, and
 * call `this.host.spawnWorker({ entrypoint: this, args })` for each firing. `declareEntrypoint` makes a decorator of it.
 */
export abstract class Entrypoint extends Extension {
  #method: string | undefined;

  /** What kind of entrypoint this is, as one word: `rpc`, `event`, `http`, ... */
  abstract readonly kind: string;

  /**
   * True if others wait for its answers over the bus. A stopping process first stops what begins work of its own accord
   * (events, requests, timers) and lets that finish; since it may call services of the same process, those that answer
   * calls stop after it.
   */
  readonly answersCalls: boolean = false;

  /** True if it logs by itself what its method throws, with what becomes of it. Otherwise the container logs it. */
  readonly logsErrors: boolean = false;

  /** The name of the method that is fired. */
  get method(): string {
    if (this.#method === undefined)
      throw new UsageError(`${this.constructor.name} has no method yet; it gets one when it is bound`);
    return this.#method;
  }

  /** Ties the entrypoint to its method. Called by the container before `bind`. */
  attach(method: string): void {
    this.#method = method;
  }

  /** Tells errors that belong to the service's normal work (declared, expected): they are logged as warnings. */
  isExpected(_error: unknown): boolean {
    return false;
  }

  /** Says, as plain JSON, what the manifest shows of this entrypoint besides kind and method. */
  describe(): Record<string, unknown> {
    return {};
  }
}
