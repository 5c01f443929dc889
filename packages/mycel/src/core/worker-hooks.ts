import type { DependencyProvider } from './dependency-provider.ts';

/** A dependency field of the service and what provides it. */
export interface BoundField {
  readonly field: string;
  readonly provider: DependencyProvider;
}

/** The hooks of dependencies that run around the method of each worker. */
export type HookName = 'workerSetup' | 'workerResult' | 'workerTeardown';

/** A hook, bound to its provider. */
export type WorkerHook<H extends HookName> = NonNullable<DependencyProvider[H]>;

/** The hooks that a service's dependencies have, in the order they run: most have none, and cost nothing. */
export type WorkerHooks = {
  readonly [H in HookName]: readonly { readonly field: string; readonly hook: WorkerHook<H> }[];
};

/** Collects the hooks: before the method in the order of the fields, after it in the opposite order. */
export function workerHooksOf(fields: readonly BoundField[]): WorkerHooks {
  const backwards = fields.toReversed();
  return {
    workerSetup: hooksOf(fields, 'workerSetup'),
    workerResult: hooksOf(backwards, 'workerResult'),
    workerTeardown: hooksOf(backwards, 'workerTeardown'),
  };
}

function hooksOf<H extends HookName>(fields: readonly BoundField[], name: H): WorkerHooks[H] {
  return fields.flatMap(({ field, provider }) => {
    const hook = provider[name];
    // Binding keeps the hook's parameters.
    return hook ? [{ field, hook: hook.bind(provider) as WorkerHook<H> }] : [];
  }) as WorkerHooks[H];
}
