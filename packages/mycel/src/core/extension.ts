import { UsageError } from '../foundation/errors.ts';
import type { Awaitable } from '../foundation/awaitable.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { LifeCycle } from './life-cycle.ts';
import type { ServiceHost } from './service-host.ts';

/**
 * The common base of entrypoints and dependency providers: something that lives as long as its container.
 *
 * Life of an extension: *declared* (constructed; do nothing yet) -> *bound* (the container took it in) -> `setup` ->
 * `start` -> `stop` or `kill`. Each hook may be asynchronous. One instance belongs to one container.
 */
export abstract class Extension implements LifeCycle {
  #host: ServiceHost | undefined;

  /** The sections of the configuration this extension reads; a key that no extension declares is an error at start. */
  readonly configSections: readonly ConfigSection[] = [];

  /** The container this extension is bound to. Throws before it is bound. */
  get host(): ServiceHost {
    if (!this.#host)
      throw new UsageError(`${this.constructor.name} is not bound to a container yet; use its host from onBind() on`);
    return this.#host;
  }

  /** Binds the extension to its container. Called by the container, once. */
  bind(host: ServiceHost): void {
    if (this.#host)
      throw new UsageError(`${this.constructor.name} is bound already; create one instance per container`);
    this.#host = host;
    this.onBind();
  }

  /**
   * Runs when the extension is bound, before any `setup`, synchronously. The one place to take in other extensions:
   * `this.host.adopt(new Other())`, or `this.host.share(key, () => new Other())` for one instance per container.
   */
  protected onBind(): void {}

  /**
   * Prepares: opens connections, declares queues. All extensions of a container are set up side by side, and every
   * `setup` has ended before any `start` begins. Must not begin to fire workers. An error here fails the start.
   */
  setup(): Awaitable<void> {}

  /** Begins to work: from here on an entrypoint may fire workers. Called once every `setup` has ended. */
  start(): Awaitable<void> {}

  /**
   * Ends gracefully. An entrypoint's `stop` returns when it will fire no further worker (those running go on); a
   * dependency's `stop` is called when no worker runs any more. Calling it twice must do nothing.
   */
  stop(): Awaitable<void> {}

  /**
   * Ends at once, without waiting for workers; what was not settled must go back to where it came from. Also called, in
   * place of `stop`, if the start failed or was interrupted, so it must bear with what is not there. Must not throw.
   */
  kill(): Awaitable<void> {}

  /**
   * Tells how this extension is, where that can be told: the process is ready only while every extension is. Asked
   * between `start` and `stop`, when somebody asks the process. Return a report, or nothing if all is well; an error that is
   * thrown is the reason it is not. It may take `health.timeout` (2 s); then `signal` aborts, and it counts as not ready.
   */
  health?(signal: AbortSignal): Awaitable<HealthReport | void>;
}
