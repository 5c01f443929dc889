import { randomUUID } from 'node:crypto';
import { deferred } from '../foundation/deferred.ts';
import { describeThrown, messageOf, UsageError } from '../foundation/errors.ts';
import { endsWithin } from '../foundation/long-timer.ts';
import type { Config, ConfigSection } from '../foundation/config-section.ts';
import type { Logger } from '../foundation/logger.ts';
import type { ResourceKey } from '../foundation/resource-key.ts';
import { StartInterruptedError, StopFailedError } from './container-errors.ts';
import { resolveContainerOptions, type ContainerOptions, type ResolvedContainerOptions } from './container-options.ts';
import type { Contract } from './contract.ts';
import { DependencyDeclaration } from './dependency.ts';
import type { Entrypoint } from './entrypoint.ts';
import { Extension } from './extension.ts';
import { ExtensionSet } from './extension-set.ts';
import type { HealthSource } from './health-check.ts';
import type { ContainerState, LifeCycle } from './life-cycle.ts';
import { definitionOf, type ServiceClass, type ServiceDefinition } from './service-definition.ts';
import type { ServiceHost } from './service-host.ts';
import { TaskGroup } from './task-group.ts';
import { WorkerContext } from './worker-context.ts';
import { type DependencyHookError, GracePeriodOverError, TaskFailedError, WorkerKilledError } from './worker-errors.ts';
import { type BoundField, type WorkerHooks, workerHooksOf } from './worker-hooks.ts';
import { WorkerPool } from './worker-pool.ts';
import { Worker, type WorkerOwner } from './worker.ts';
import type { WorkerHandle, WorkerOutcome, WorkerRequest } from './worker-request.ts';

/** How long aborted workers and background tasks get to react to their signal, in milliseconds. */
const abortedMs = 1000;

/**
 * Runs one service: owns its extensions, spawns its workers, limits their number.
 *
 * States: *created* (extensions are bound) -> *starting* (every setup, then every start) -> *running* -> *stopping* ->
 * *stopped*. From any of them: *killed*, at once and without waiting for workers. A container does not start twice.
 */
export class ServiceContainer implements ServiceHost, WorkerOwner {
  readonly definition: ServiceDefinition;
  readonly instanceId = randomUUID();
  readonly logger: Logger;
  readonly fields: readonly BoundField[];
  readonly hooks: WorkerHooks;
  /** Its extensions that can tell how they are. */
  readonly healthSources: readonly HealthSource[];
  readonly #options: ResolvedContainerOptions;
  readonly #extensions: ExtensionSet;
  readonly #pool: WorkerPool;
  readonly #tasks: TaskGroup;
  readonly #ended = deferred();
  readonly #interrupted = deferred<never>();
  readonly #killed = deferred();
  #state: ContainerState = 'created';
  #quiescing: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  /** When the grace period of a stop is over, on the clock of `performance.now()`. */
  #graceEnds = 0;
  readonly #stopErrors: unknown[] = [];
  #killing: Promise<void> | undefined;

  constructor(service: ServiceClass | ServiceDefinition, options: ContainerOptions = {}) {
    this.definition = definitionOf(service);
    this.#options = resolveContainerOptions(options, this.definition.options.maxWorkers);
    this.logger = this.#options.logger.child({ service: this.serviceName });
    this.#pool = new WorkerPool(this.#options.maxWorkers);
    this.#tasks = new TaskGroup((name, error) => this.fail(new TaskFailedError(this.serviceName, name, error)));
    this.#extensions = new ExtensionSet(this);
    this.fields = this.definition.fields.map(({ field, declaration }) => ({
      field,
      provider: this.#extensions.adopt(DependencyDeclaration.providerOf(declaration)),
    }));
    this.hooks = workerHooksOf(this.fields);
    for (const { method, declaration } of this.definition.methods) {
      const entrypoint = declaration.create();
      entrypoint.attach(method);
      this.#extensions.adopt(entrypoint);
    }
    this.#extensions.seal();
    this.healthSources = this.#extensions.healthSources(
      new Map(this.fields.map(({ field, provider }) => [provider, field])),
    );
    this.#ended.promise.catch(() => {}); // read through wait()
    this.#interrupted.promise.catch(() => {}); // raced against in start()
  }

  get state(): ContainerState {
    return this.#state;
  }

  get serviceName(): string {
    return this.definition.name;
  }

  get serviceClass(): ServiceClass {
    return this.definition.serviceClass;
  }

  get contract(): Contract | undefined {
    return this.definition.contract;
  }

  get maxWorkers(): number {
    return this.#pool.size;
  }

  get config(): Config {
    return this.#options.config;
  }

  get entrypoints(): readonly Entrypoint[] {
    return this.#extensions.entrypoints;
  }

  /** The sections of the configuration that the service's extensions read. */
  get configSections(): readonly ConfigSection[] {
    return this.#extensions.all.flatMap((extension) =>
      extension instanceof Extension ? extension.configSections : [],
    );
  }

  options<T>(section: ConfigSection<T>): T {
    return this.config.section(section);
  }

  adopt<E extends LifeCycle>(extension: E): E {
    return this.#extensions.adopt(extension);
  }

  share<E extends LifeCycle>(key: ResourceKey<E>, create: () => E): E {
    return this.#extensions.share(key, create);
  }

  resource<T>(key: ResourceKey<T>): Promise<T> {
    return this.#options.resources.acquire(key);
  }

  /**
   * Sets up every extension, then starts every extension. If one fails, the container is killed and the error is
   * thrown. `stop()` and `kill()` interrupt it: it then rejects with a `StartInterruptedError`.
   */
  async start(): Promise<void> {
    if (this.#state === 'killed') return this.#interrupted.promise;
    if (this.#state !== 'created')
      throw new UsageError(`${this.serviceName} was started before; make a new container of it`);
    this.#state = 'starting';
    try {
      for (const moment of ['setup', 'start'] as const) {
        const work = Promise.all(this.#extensions.all.map(async (extension) => extension[moment]()));
        await Promise.race([work, this.#interrupted.promise]);
        if (this.state === 'killed') await this.#interrupted.promise; // killed after the work, before this line
      }
    } catch (error) {
      await this.kill(error);
      throw error;
    }
    this.#state = 'running';
    this.logger.debug({ instance: this.instanceId, maxWorkers: this.maxWorkers }, `${this.serviceName} started`);
  }

  /**
   * The first part of a stop: ends what begins work of its own accord, and waits for that work, within the grace period,
   * while calls are still answered. A runner does it for all its containers before it stops any of them. Idempotent; never
   * rejects: what failed is reported by {@link stop}.
   */
  quiesce(): Promise<void> {
    if (this.#state === 'running') this.#quiescing = Promise.race([this.#quiesce(), this.#killed.promise]);
    return this.#quiescing;
  }

  /** Stops gracefully; see {@link #stop} for the order. Idempotent. Rejects with a `StopFailedError` if an extension failed to stop. */
  stop(): Promise<void> {
    if (this.#state === 'created' || this.#state === 'starting' || this.#state === 'killed') return this.kill();
    this.#stopping ??= Promise.race([this.#stop(), this.#killed.promise]);
    return this.#stopping;
  }

  /**
   * Ends at once: what is not settled goes back to the broker. Interrupts a start and a stop under way. Idempotent: the
   * first error stays, and `wait()` rejects with it, if one is given.
   */
  async kill(error?: unknown): Promise<void> {
    if (this.#state !== 'stopped') this.#killing ??= this.#kill(error);
    await this.#killing;
  }

  /** Resolves when the container has stopped; rejects with the error that killed it. */
  wait(): Promise<void> {
    return this.#ended.promise;
  }

  spawnWorker(request: WorkerRequest): WorkerHandle {
    const context = new WorkerContext({
      serviceName: this.serviceName,
      entrypoint: request.entrypoint,
      args: request.args,
      carried: request.context,
      timeoutMs: request.timeoutMs,
      parentCallsTracked: this.#options.parentCallsTracked,
      deliverySource: request,
    });
    const worker = new Worker(this, request, context);
    this.#pool.add(worker);
    return worker;
  }

  spawnTask(name: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.#tasks.spawn(name, task);
  }

  fail(error: unknown): void {
    if (this.#state === 'killed' || this.#state === 'stopped') return;
    this.logger.error({ err: error }, `${this.serviceName} cannot go on: ${messageOf(error)}`);
    void this.kill(error);
  }

  hookFailed(error: DependencyHookError): void {
    this.fail(error);
  }

  methodEnded(context: WorkerContext, outcome: WorkerOutcome): void {
    if (outcome.ok || context.entrypoint.logsErrors) return;
    const fields = { callId: context.callId, callIdStack: context.callIdStack, err: outcome.error };
    const message = `${context.serviceName}.${context.method} threw ${describeThrown(outcome.error)}`;
    if (context.entrypoint.isExpected?.(outcome.error)) this.logger.warn(fields, message);
    else this.logger.error(fields, message);
  }

  async #kill(error: unknown): Promise<void> {
    this.#state = 'killed';
    this.#interrupted.reject(new StartInterruptedError(this.serviceName, error));
    this.#pool.kill(new WorkerKilledError(this.serviceName, error));
    this.#tasks.abort();
    await Promise.all(this.#extensions.all.map((extension) => this.#killExtension(extension)));
    if (error === undefined) this.#ended.resolve();
    else this.#ended.reject(error);
    this.#killed.resolve();
  }

  async #quiesce(): Promise<void> {
    this.#state = 'stopping';
    const { graceMs } = this.#options;
    this.#graceEnds = performance.now() + graceMs;
    const ofBeginning = ({ request }: Worker): boolean => !request.entrypoint.answersCalls;
    await this.#stopAll(this.#extensions.entrypoints.filter(({ answersCalls }) => !answersCalls));
    this.#pool.drain(ofBeginning);
    await endsWithin(this.#pool.whenIdle(ofBeginning), graceMs);
  }

  async #stop(): Promise<void> {
    // 1. What begins work of its own accord (events, requests, timers), and that work: it may call a service of this process.
    await this.quiesce();
    // 2. What answers calls: nothing new comes in. Channels stay open, so that what runs can still be settled.
    await this.#stopAll(this.#extensions.entrypoints.filter(({ answersCalls }) => answersCalls));
    // 3. What waits for a worker and can be done elsewhere goes back at once.
    this.#pool.drain();
    // 4. Running workers finish, within the grace period; then their signals abort, then they are given up.
    await this.#finishWorkers();
    // 5. Background tasks: nobody needs their work any more.
    await this.#endTasks();
    // 6. Dependencies: no worker uses them now.
    await this.#stopAll(this.#extensions.dependencies);
    // 7. The rest: what entrypoints and dependencies stood on.
    await this.#stopAll(this.#extensions.others);
    if (this.state === 'killed') return;
    this.#state = 'stopped';
    if (this.#stopErrors.length) {
      const error = new StopFailedError(this.serviceName, this.#stopErrors);
      this.#ended.reject(error);
      throw error;
    }
    this.#ended.resolve();
    this.logger.debug({ instance: this.instanceId }, `${this.serviceName} stopped`);
  }

  async #finishWorkers(): Promise<void> {
    const { graceMs } = this.#options;
    const idle = this.#pool.whenIdle();
    const leftMs = Math.max(0, this.#graceEnds - performance.now());
    if (leftMs > 0 ? await endsWithin(idle, leftMs) : this.#pool.isIdle) return this.#pool.close();
    this.#pool.close();
    for (const worker of this.#pool.running) worker.abort(new GracePeriodOverError(this.serviceName, graceMs));
    if (await endsWithin(idle, abortedMs)) return;
    const calls = [...this.#pool.running].map(({ context }) => context.callId);
    this.logger.warn({ calls }, `${this.serviceName}: workers that did not finish in time were given up`);
    this.#pool.kill(new WorkerKilledError(this.serviceName));
  }

  async #endTasks(): Promise<void> {
    this.#tasks.abort();
    if (await endsWithin(this.#tasks.ended(), abortedMs)) return;
    const tasks = this.#tasks.running;
    this.logger.warn({ tasks }, `${this.serviceName}: background tasks that did not end in time were left alone`);
  }

  async #stopAll(extensions: readonly LifeCycle[]): Promise<void> {
    if (this.#state === 'killed') return; // and so were they
    await Promise.all(
      extensions.map(async (extension) => {
        try {
          await extension.stop();
        } catch (error) {
          this.logger.error({ err: error }, `${extension.constructor.name} of ${this.serviceName} failed to stop`);
          this.#stopErrors.push(error);
        }
      }),
    );
  }

  async #killExtension(extension: LifeCycle): Promise<void> {
    try {
      await extension.kill();
    } catch (error) {
      this.logger.warn({ err: error }, `${extension.constructor.name} of ${this.serviceName} threw when it was killed`);
    }
  }
}
