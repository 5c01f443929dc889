import { dependency, type Dependency, type OptionalDependency } from './dependency.ts';
import { DependencyProvider } from './dependency-provider.ts';
import type { WorkerContext } from './worker-context.ts';

/** Provides what one firing knows of itself, read by `read`. */
class ContextProvider<T> extends DependencyProvider<T> {
  override readonly kind = 'context';
  readonly #key: string | undefined;
  readonly #read: (context: WorkerContext) => T;

  constructor(key: string | undefined, read: (context: WorkerContext) => T) {
    super();
    this.#key = key;
    this.#read = read;
  }

  override getDependency(context: WorkerContext): T {
    return this.#read(context);
  }

  override describe(): Record<string, unknown> {
    return this.#key === undefined ? {} : { key: this.#key };
  }
}

/** Provides the {@link WorkerContext} itself: call ids, data, deadline, abort signal. */
export function workerContext(): Dependency<WorkerContext, Partial<WorkerContext>> {
  return dependency(() => new ContextProvider(undefined, (context) => context));
}

/**
 * Provides one entry of the data that travels with every call, as it was when the worker began: `undefined` if the
 * caller sent none. The value comes from outside: nothing has checked its type.
 */
export function contextData(key: string): Dependency<unknown, unknown> {
  return dependency<unknown, unknown>(() => new ContextProvider(key, ({ data }) => data[key]));
}

/** Provides the caller's language, as Nameko's `Language`. */
export function language(): OptionalDependency<string> {
  return text('language');
}

/** Provides the id of the user on whose behalf the call is made, as Nameko's `UserId`. */
export function userId(): Dependency<unknown, unknown> {
  return contextData('user_id');
}

/** Provides the token the caller authenticated with, as Nameko's `AuthToken`. */
export function authToken(): OptionalDependency<string> {
  return text('auth_token');
}

/** Provides the user agent the call began with, as Nameko's `UserAgent`. */
export function userAgent(): OptionalDependency<string> {
  return text('user_agent');
}

function text(key: string): OptionalDependency<string> {
  const read = ({ data }: WorkerContext): string | undefined => {
    const value = data[key];
    return typeof value === 'string' ? value : undefined;
  };
  // That the value may be missing is said by the field's type.
  return dependency<string, string | undefined>(() => new ContextProvider(key, read) as ContextProvider<string>);
}
