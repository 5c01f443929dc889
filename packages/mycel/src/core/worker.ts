import { type Awaitable, isThenable } from '../foundation/awaitable.ts';
import { deferred, type Deferred } from '../foundation/deferred.ts';
import { runInContext } from './context-storage.ts';
import type { WorkerContext } from './worker-context.ts';
import { DeadlinePassedError, DependencyHookError, WorkerRefusedError } from './worker-errors.ts';
import type { BoundField, HookName, WorkerHook, WorkerHooks } from './worker-hooks.ts';
import type { WorkerHandle, WorkerOutcome, WorkerRequest } from './worker-request.ts';

/** How a worker ended: with its method's outcome, or without one. */
type WorkerEnd = { readonly outcome: WorkerOutcome } | { readonly error: unknown };

/** What a worker needs of its container. */
export interface WorkerOwner {
  readonly serviceClass: new () => object;
  readonly fields: readonly BoundField[];
  readonly hooks: WorkerHooks;
  /** A hook threw: the container cannot go on. */
  hookFailed(error: DependencyHookError): void;
  /** The method has ended. */
  methodEnded(context: WorkerContext, outcome: WorkerOutcome): void;
}

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
  #end: WorkerEnd | undefined;
  #outcome: Deferred<WorkerOutcome> | undefined;
  #killed = false;
  /** Where it stands among the running workers of its pool. */
  slot = 0;
  /** Set while the worker waits: takes it out of the queue. */
  onAbortWhileWaiting: ((reason: unknown) => void) | undefined;

  constructor(owner: WorkerOwner, request: WorkerRequest, context: WorkerContext) {
    this.#owner = owner;
    this.request = request;
    this.context = context;
  }

  /** Made when first asked for: who settles by the request's own methods needs no promise. */
  get outcome(): Promise<WorkerOutcome> {
    if (!this.#outcome) {
      this.#outcome = deferred();
      this.#outcome.promise.catch(() => {}); // whoever wants to know looks at it
      this.#tellOutcome();
    }
    return this.#outcome.promise;
  }

  abort(reason: unknown): void {
    this.context.abort(reason);
    this.onAbortWhileWaiting?.(reason);
  }

  /** Ends a worker that was never started. */
  refuse(error: unknown): void {
    this.#fail(error);
  }

  /** Gives a running worker up: its method cannot be stopped, but nothing it still does counts. */
  kill(error: unknown): void {
    this.#killed = true;
    this.context.abort(error);
    this.#fail(error);
  }

  /**
   * Runs from instance to teardown. Never rejects. Waits only for what is a promise: this is the path of every call, and
   * each turn of the microtask queue counts.
   */
  async run(): Promise<void> {
    const { fields, hooks } = this.#owner;
    await Promise.resolve(); // whoever asked for the worker has its handle before anything runs
    try {
      if (this.#killed) return;
      if (this.request.claim && !(await this.#hasLeave(this.request.claim()))) return;
      if (this.#killed) return;
      const instance = this.#construct();
      for (const bound of fields) {
        const dependency = this.#provide(bound);
        instance[bound.field] = isThenable(dependency) ? await dependency : dependency;
      }
      if (hooks.workerSetup.length) await this.#runHooks('workerSetup', (hook) => hook(this.context));
      if (this.#killed) return;
      const called = this.#callMethod(instance);
      const returned = isThenable(called) ? await called : called;
      this.#owner.methodEnded(this.context, returned);
      if (this.#killed) return;
      const settled = this.request.handleResult?.(returned, this.context);
      const outcome = (isThenable(settled) ? await settled : settled) ?? returned;
      if (this.#killed) return;
      if (hooks.workerResult.length) await this.#runHooks('workerResult', (hook) => hook(this.context, outcome));
      if (hooks.workerTeardown.length) await this.#runHooks('workerTeardown', (hook) => hook(this.context));
      this.#end ??= { outcome };
      this.#tellOutcome();
    } catch (error) {
      const isHookError = error instanceof DependencyHookError;
      const failure = isHookError ? error : new DependencyHookError(this.context, 'handleResult', error);
      this.#fail(failure);
      if (!this.#killed) this.#owner.hookFailed(failure);
    } finally {
      this.context.finish();
    }
  }

  /** Waits for leave, which may come too late. */
  async #hasLeave(claim: Promise<boolean>): Promise<boolean> {
    const { serviceName, method } = this.context;
    if (!(await claim)) this.refuse(new WorkerRefusedError(serviceName, method));
    else if (this.context.remainingMs === 0) this.refuse(new DeadlinePassedError(serviceName, method));
    else return true;
    return false;
  }

  #fail(error: unknown): void {
    if (this.#end) return;
    this.#end = { error };
    this.request.handleFailure?.(error);
    this.#tellOutcome();
  }

  #tellOutcome(): void {
    if (!this.#end || !this.#outcome) return;
    if ('outcome' in this.#end) this.#outcome.resolve(this.#end.outcome);
    else this.#outcome.reject(this.#end.error);
  }

  #construct(): Record<string, unknown> {
    try {
      return new this.#owner.serviceClass() as Record<string, unknown>;
    } catch (error) {
      throw new DependencyHookError(this.context, 'the constructor', error);
    }
  }

  #provide({ field, provider }: BoundField): unknown {
    const failed = (error: unknown): never => {
      throw new DependencyHookError(this.context, `${field}.getDependency`, error);
    };
    try {
      const dependency = provider.getDependency(this.context);
      return isThenable(dependency) ? Promise.resolve(dependency).catch(failed) : dependency;
    } catch (error) {
      return failed(error);
    }
  }

  #callMethod(instance: Record<string, unknown>): Awaitable<WorkerOutcome> {
    const { args, entrypoint } = this.request;
    try {
      // The definition was checked: the class has a method of this name.
      const method = instance[entrypoint.method] as (...args: readonly unknown[]) => unknown;
      const value = runInContext(this.context, () => Reflect.apply(method, instance, args));
      return isThenable(value) ? value.then(succeeded, threw) : { ok: true, value };
    } catch (error) {
      return threw(error);
    }
  }

  async #runHooks<H extends HookName>(name: H, run: (hook: WorkerHook<H>) => Awaitable<void>): Promise<void> {
    for (const { field, hook } of this.#owner.hooks[name]) {
      try {
        await run(hook);
      } catch (error) {
        throw new DependencyHookError(this.context, `${field}.${name}`, error);
      }
    }
  }
}

function succeeded(value: unknown): WorkerOutcome {
  return { ok: true, value };
}

function threw(error: unknown): WorkerOutcome {
  return { ok: false, error };
}
