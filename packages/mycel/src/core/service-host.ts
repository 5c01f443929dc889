import type { Config, ConfigSection } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';
import type { ResourceKey } from '../foundation/resource-key.ts';
import type { Contract } from './contract.ts';
import type { LifeCycle } from './life-cycle.ts';
import type { WorkerHandle, WorkerRequest } from './worker-request.ts';

/** What an extension may ask of the container it lives in. */
export interface ServiceHost {
  readonly serviceName: string;
  /** The service's class; entrypoints look at its methods, and never construct it. */
  readonly serviceClass: abstract new () => object;
  readonly contract: Contract | undefined;
  /** Identifies this instance of the service among its replicas; a new one per container. */
  readonly instanceId: string;
  readonly maxWorkers: number;
  readonly logger: Logger;
  readonly config: Config;

  /** Returns the options of a section: short for `config.section(section)`. */
  options<T>(section: ConfigSection<T>): T;

  /** Takes in an extension that belongs to another: it gets the same life cycle. Only while binding. */
  adopt<E extends LifeCycle>(extension: E): E;
  /** Like {@link adopt}, with one instance per container for `key`. */
  share<E extends LifeCycle>(key: ResourceKey<E>, create: () => E): E;
  /**
   * Returns what the process shares under `key` (the transport, the web server). Ask in `setup`; the resource is
   * opened by the first who asks, and closed after the last container has stopped. Rejects if nothing was registered.
   */
  resource<T>(key: ResourceKey<T>): Promise<T>;

  /**
   * Runs the entrypoint's method in a new worker, as soon as one of `maxWorkers` is free; never before this returns.
   * The handle's `outcome` rejects only if the worker was never started: `WorkerRefusedError` (the container is
   * stopping; hand the message back) or `DeadlinePassedError`.
   */
  spawnWorker(request: WorkerRequest): WorkerHandle;

  /**
   * Runs `task` in the background as long as the container lives. `signal` aborts when the container stops. An error
   * that escapes from it kills the container: a broken background task never goes unnoticed.
   */
  spawnTask(name: string, task: (signal: AbortSignal) => Promise<void>): void;

  /** Kills the container: `error` becomes the reason the runner ends with. */
  fail(error: unknown): void;
}
