import { defaultConfig, type Config, type ConfigSection } from '../foundation/config-section.ts';
import { deferred } from '../foundation/deferred.ts';
import { UsageError, messageOf } from '../foundation/errors.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { ServiceContainer } from './container.ts';
import type { ContainerOptions } from './container-options.ts';
import { HealthMonitor, type HealthMonitorOptions, type MonitoredProcess } from './health-monitor.ts';
import type { RunnerState } from './life-cycle.ts';
import { type Manifest, manifestOf } from './manifest.ts';
import { ResourceSet, type SharedResource } from './resources.ts';
import { definitionOf, type ServiceClass, type ServiceDefinition } from './service-definition.ts';

/** How a runner runs its services. */
export interface RunnerOptions extends Omit<ContainerOptions, 'resources' | 'maxWorkers'> {
  /** What the services share: the transport, the web server. @default nothing */
  readonly resources?: Iterable<SharedResource<unknown>>;
  /** Workers that may run at once in each service: a number, or by service name, with `default` for the others. @default 10 */
  readonly maxWorkers?: number | Readonly<Record<string, number>>;
  /** Sections of the configuration that are known besides those of the services' extensions. @default none */
  readonly configSections?: Iterable<ConfigSection>;
  /** How services and what they share are asked for their health. @default 2 s for each check */
  readonly health?: HealthMonitorOptions;
}

/**
 * Runs several services in one process: starts and stops their containers side by side, and what they share.
 *
 * States: *created* -> *starting* -> *running* -> *stopping* -> *ended*. If one container dies, the others are stopped
 * gracefully and `wait()` rejects with the cause.
 */
export class ServiceRunner implements AsyncDisposable {
  readonly containers: readonly ServiceContainer[];
  /** Tells whether the process is alive, has started, and is ready for work. */
  readonly health: HealthMonitor;
  readonly #resources: ResourceSet;
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #sections: readonly ConfigSection[];
  readonly #ended = deferred();
  #state: RunnerState = 'created';
  #hasStarted = false;
  #ending: Promise<void> | undefined;
  #cause: { readonly error: unknown } | undefined;

  constructor(services: Iterable<ServiceClass | ServiceDefinition>, options: RunnerOptions = {}) {
    const { maxWorkers, resources, configSections = [], health, ...shared } = options;
    this.health = new HealthMonitor(() => this.#look(), health);
    this.#resources = new ResourceSet(resources, {
      describe: () => this.#describe(),
      health: this.health,
      fail: (error) => this.#sharedFailed(error),
    });
    this.#config = options.config ?? defaultConfig;
    this.#logger = options.logger ?? silentLogger;
    const definitions = [...services].map((service) => definitionOf(service));
    checkNames(definitions);
    this.containers = definitions.map((definition) => {
      const limit = workersFor(definition.name, maxWorkers);
      const limited = limit === undefined ? {} : { maxWorkers: limit };
      return new ServiceContainer(definition, { ...shared, ...limited, resources: this.#resources });
    });
    this.#sections = [...configSections, ...this.containers.flatMap((container) => container.configSections)];
    this.#ended.promise.catch(() => {}); // read through wait()
    for (const container of this.containers)
      container.wait().catch((error: unknown) => this.#containerDied(container, error));
  }

  get state(): RunnerState {
    return this.#state;
  }

  /**
   * Checks the configuration, then starts all containers. If one fails, the others are stopped and its error is thrown.
   * `stop()` and `kill()` interrupt it: it then rejects with a `StartInterruptedError`.
   */
  async start(): Promise<void> {
    if (this.#state === 'created') this.#state = 'starting';
    try {
      this.#config.check(this.#sections);
      const opening = this.#resources.openFirst();
      if (opening) await opening; // else the services begin to start at once
      await Promise.all(this.containers.map((container) => container.start()));
      this.#hasStarted = true;
      if (!this.#ending) this.#state = 'running';
    } catch (error) {
      if (!this.#ending) this.#cause ??= { error }; // a start that stop() interrupted is no failure
      await this.stop().catch((stopError: unknown) =>
        this.#logger.warn({ err: stopError }, `while stopping: ${messageOf(stopError)}`),
      );
      throw this.#cause ? this.#cause.error : error;
    }
  }

  /**
   * Stops gracefully: first what begins work of its own accord in all containers, since it may call services of this
   * process, then the containers, then what they share. Idempotent. Rejects with what could not be stopped
   * cleanly, after having stopped the rest.
   */
  stop(): Promise<void> {
    if (!this.#ending) {
      this.#state = 'stopping';
      this.#ending = this.#end((container) => container.stop());
    }
    return this.#ending;
  }

  /** Ends at once, without waiting for workers. `wait()` rejects with `error`, if one is given. */
  async kill(error?: unknown): Promise<void> {
    if (error !== undefined) this.#cause ??= { error };
    await Promise.all(this.containers.map(async (container) => container.kill(error)));
    await this.stop();
  }

  /** Resolves when everything has stopped; rejects with the error that ended it. */
  wait(): Promise<void> {
    return this.#ended.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #look(): MonitoredProcess {
    return {
      state: this.#state,
      hasStarted: this.#hasStarted,
      failure: this.#cause,
      services: this.containers,
      healthSources: this.#resources.healthSources,
      waitingFor: this.#resources.waitingFor,
    };
  }

  #describe(): Manifest[] {
    return this.containers.filter(({ state }) => state === 'running').map(manifestOf);
  }

  #containerDied(container: ServiceContainer, error: unknown): void {
    this.#cause ??= { error };
    if (this.#ending) return;
    // While starting, whoever starts is told.
    if (this.#hasStarted) {
      const message = `${container.serviceName} died; stopping the other services of this process`;
      this.#logger.error({ service: container.serviceName }, message);
    }
    this.stop().catch(() => {}); // wait() rejects with the cause
  }

  /** Something that the services share cannot go on. */
  #sharedFailed(error: unknown): void {
    if (this.#ending) return;
    this.#cause ??= { error };
    this.#logger.error({ err: error }, `the services cannot go on and are stopped: ${messageOf(error)}`);
    this.stop().catch(() => {}); // wait() rejects with the cause
  }

  async #end(endContainer: (container: ServiceContainer) => Promise<void>): Promise<void> {
    await Promise.all(this.containers.map((container) => container.quiesce()));
    const results = await Promise.allSettled(this.containers.map(endContainer));
    results.push(...(await Promise.allSettled([this.#resources.close()])));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) this.#cause ??= { error: failed.reason };
    this.#state = 'ended';
    if (this.#cause) this.#ended.reject(this.#cause.error);
    else this.#ended.resolve();
    if (failed) throw failed.reason;
  }
}

function checkNames(definitions: readonly ServiceDefinition[]): void {
  const seen = new Map<string, ServiceDefinition>();
  for (const definition of definitions) {
    const other = seen.get(definition.name);
    if (other) {
      throw new UsageError(
        `classes ${other.serviceClass.name} and ${definition.serviceClass.name} are both named '${definition.name}'; give each service of a process its own name (a second instance is a second process)`,
      );
    }
    seen.set(definition.name, definition);
  }
}

function workersFor(service: string, limit: RunnerOptions['maxWorkers']): number | undefined {
  return typeof limit === 'object' ? (limit[service] ?? limit['default']) : limit;
}
