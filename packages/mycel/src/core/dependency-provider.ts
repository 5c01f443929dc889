import type { Awaitable } from '../foundation/awaitable.ts';
import { Extension } from './extension.ts';
import type { WorkerContext } from './worker-context.ts';
import type { WorkerOutcome } from './worker-request.ts';

/**
 * Provides one field of the service. Bound once per container; gives every worker its own object.
 *
 * Order in a worker: `getDependency` of every provider, `workerSetup` of every provider, the method, the entrypoint's
 * reply, `workerResult` of every provider, `workerTeardown` of every provider. Providers go in the order of the fields,
 * and in reverse order for `workerResult` and `workerTeardown`.
 *
 * An error in any of these hooks is a broken service, not a failed call: it kills the container.
 */
export abstract class DependencyProvider<T = unknown> extends Extension {
  /** What kind of dependency this is, as one word for the manifest. */
  readonly kind: string = 'dependency';

  /** Returns what the worker finds in the field. Make it cheap: it runs for every worker. */
  abstract getDependency(context: WorkerContext): Awaitable<T>;

  /** Runs before the method. */
  workerSetup?(context: WorkerContext): Awaitable<void>;

  /** Runs after the method and after its reply, whether it returned or threw: the place to commit or roll back. */
  workerResult?(context: WorkerContext, outcome: WorkerOutcome): Awaitable<void>;

  /** Runs last: the place to give back what `getDependency` took. */
  workerTeardown?(context: WorkerContext): Awaitable<void>;

  /** Says, as plain JSON, what the manifest shows of this dependency besides its kind. */
  describe(): Record<string, unknown> {
    return {};
  }
}
