import { isThenable } from '../foundation/awaitable.ts';
import { deferred } from '../foundation/deferred.ts';
import { runInContext } from './context-storage.ts';
import type { DependencyProvider } from './dependency-provider.ts';
import type { WorkerContext } from './worker-context.ts';
import { DependencyHookError } from './worker-errors.ts';
import type { WorkerHandle, WorkerOutcome, WorkerRequest } from './worker-request.ts';

/** A dependency field of the service and what provides it. */
export interface BoundField {
  readonly field: string;
  readonly provider: DependencyProvider;
}

/** What a worker needs of its container. */
export interface WorkerOwner {
  readonly serviceClass: new () => object;
  readonly fields: readonly BoundField[];
  /** A hook threw: the container cannot go on. */
  hookFailed(error: DependencyHookError): void;
  /** The method has ended. */
  methodEnded(context: WorkerContext, outcome: WorkerOutcome): void;
}

type Hook = 'getDependency' | 'workerSetup' | 'workerResult' | 'workerTeardown';

/**
 * One firing: a fresh instance of the service, its dependencies, its method.
 *
 * States: *waiting* (for a free slot) -> *running* -> *ended*; *refused* from waiting, *killed* from running. The
 * container moves it on; `outcome` settles when it leaves the last state it reaches.
 */
export class Worker implements WorkerHandle {
  readonly request: WorkerRequest;
  readonly context: WorkerContext;
  readonly #owner: WorkerOwner;
  readonly #outcome = deferred<WorkerOutcome>();
  #killed = false;
  /** Set while the worker waits: takes it out of the queue. */
  onAbortWhileWaiting: ((reason: unknown) => void) | undefined;

  constructor(owner: WorkerOwner, request: WorkerRequest, context: WorkerContext) {
    this.#owner = owner;
    this.request = request;
    this.context = context;
    this.#outcome.promise.catch(() => {}); // whoever wants to know looks at `outcome`
  }

  get outcome(): Promise<WorkerOutcome> {
    return this.#outcome.promise;
  }

  abort(reason: unknown): void {
    this.context.abort(reason);
    this.onAbortWhileWaiting?.(reason);
  }

  /** Ends a worker that was never started. */
  refuse(error: unknown): void {
    this.#outcome.reject(error);
  }

  /** Gives a running worker up: its method cannot be stopped, but nothing it still does counts. */
  kill(error: unknown): void {
    this.#killed = true;
    this.context.abort(error);
    this.#outcome.reject(error);
  }

  /** Runs from instance to teardown. Never rejects. */
  async run(): Promise<void> {
    try {
      const instance = await this.#prepare();
      if (this.#killed) return;
      let outcome = await this.#callMethod(instance);
      this.#owner.methodEnded(this.context, outcome);
      if (this.#killed) return;
      outcome = (await this.request.handleResult?.(outcome, this.context)) ?? outcome;
      if (this.#killed) return;
      await this.#finish(outcome);
      this.#outcome.resolve(outcome);
    } catch (error) {
      const failure =
        error instanceof DependencyHookError ? error : new DependencyHookError(this.context, 'handleResult', error);
      this.#outcome.reject(failure);
      if (!this.#killed) this.#owner.hookFailed(failure);
    } finally {
      this.context.finish();
    }
  }

  async #prepare(): Promise<Record<string, unknown>> {
    const { fields } = this.#owner;
    const instance = this.#construct();
    for (const { field, provider } of fields) {
      try {
        const dependency = provider.getDependency(this.context);
        instance[field] = isThenable(dependency) ? await dependency : dependency;
      } catch (error) {
        throw this.#hookError(field, 'getDependency', error);
      }
    }
    for (const { field, provider } of fields) {
      if (provider.workerSetup) await this.#hook(field, 'workerSetup', () => provider.workerSetup?.(this.context));
    }
    return instance;
  }

  #construct(): Record<string, unknown> {
    try {
      return new this.#owner.serviceClass() as Record<string, unknown>;
    } catch (error) {
      throw new DependencyHookError(this.context, 'the constructor', error);
    }
  }

  async #callMethod(instance: Record<string, unknown>): Promise<WorkerOutcome> {
    const { args, entrypoint } = this.request;
    try {
      // The definition was checked: the class has a method of this name.
      const method = instance[entrypoint.method] as (...args: readonly unknown[]) => unknown;
      return { ok: true, value: await runInContext(this.context, () => method.apply(instance, [...args])) };
    } catch (error) {
      return { ok: false, error };
    }
  }

  async #finish(outcome: WorkerOutcome): Promise<void> {
    const { fields } = this.#owner;
    for (let i = fields.length - 1; i >= 0; i--) {
      const { field, provider } = fields[i] as BoundField;
      if (provider.workerResult)
        await this.#hook(field, 'workerResult', () => provider.workerResult?.(this.context, outcome));
    }
    for (let i = fields.length - 1; i >= 0; i--) {
      const { field, provider } = fields[i] as BoundField;
      if (provider.workerTeardown)
        await this.#hook(field, 'workerTeardown', () => provider.workerTeardown?.(this.context));
    }
  }

  async #hook(field: string, hook: Hook, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      throw this.#hookError(field, hook, error);
    }
  }

  #hookError(field: string, hook: Hook, cause: unknown): DependencyHookError {
    return new DependencyHookError(this.context, `${field}.${hook}`, cause);
  }
}
