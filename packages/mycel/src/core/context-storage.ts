import { AsyncLocalStorage } from 'node:async_hooks';
import type { WorkerContext } from './worker-context.ts';

let storage: AsyncLocalStorage<WorkerContext> | undefined;

/** Reads the context of the worker whose code is running. */
export interface WorkerContextStorage {
  /** The current worker's context, or `undefined` outside of a worker. */
  getStore(): WorkerContext | undefined;
}

/**
 * Turns on tracking of the current worker through asynchronous calls, for libraries (tracing, logging) that cannot be
 * handed a context. Call it once, when the library is loaded: workers started earlier are not tracked. As long as
 * nobody calls it, workers pay nothing for it.
 */
export function workerContextStorage(): WorkerContextStorage {
  storage ??= new AsyncLocalStorage<WorkerContext>();
  return storage;
}

/** Runs `work` with `context` as the current one, if anybody tracks it. */
export function runInContext<T>(context: WorkerContext, work: () => T): T {
  return storage ? storage.run(context, work) : work();
}
