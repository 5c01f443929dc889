import { UsageError } from '../foundation/errors.ts';
import type { Awaitable } from '../foundation/awaitable.ts';
import type { AnyMethod } from './declaration.ts';
import type { DependencyProvider } from './dependency-provider.ts';

declare const mark: unique symbol;

/** The type checker's mark on a dependency field: `D` is what a test may put in its place. */
export interface DependencyMark<D = unknown> {
  readonly [mark]: D;
}

/**
 * The type of a dependency field: `T` is what a worker finds there, `D` what a test may put in its place.
 * The mark stands first and is required, so that `X extends DependencyMark` is decided without looking into `T`, and
 * two services may use each other.
 */
export type Dependency<T, D = Double<T>> = DependencyMark<D> & T;

/** A test double: any of the members, synchronous or not. */
export type Double<T> = T extends AnyMethod
  ? (...args: Parameters<T>) => Awaitable<Awaited<ReturnType<T>>>
  : { [K in keyof T]?: T[K] extends (...args: infer A) => infer R ? (...args: A) => Awaitable<Awaited<R>> : T[K] };

/** The type of a dependency field in which a worker may find nothing. (`Dependency<T | undefined>` would lose the `undefined`.) */
export type OptionalDependency<T, D = T | undefined> = Dependency<T, D> | undefined;

/** The names of a service's dependency fields. */
export type DependencyKeys<S> = { [K in keyof S]-?: S[K] extends DependencyMark | undefined ? K : never }[keyof S];

/** What a test may give in place of a service's dependencies. */
export type Replacements<S> = {
  [K in DependencyKeys<S>]?: S[K] extends DependencyMark<infer D> | undefined ? D : never;
};

const unbound: ProxyHandler<object> = {
  get(_target, key) {
    if (typeof key === 'symbol' || key === 'then' || key === 'toJSON' || key === 'constructor') return undefined;
    throw new UsageError(
      `'${key}' was read from a dependency that is not bound to a worker; dependencies are there in methods fired by an entrypoint (not in the constructor, and not in a #private field); in tests use workerFactory()`,
    );
  },
};

/** What stands in a dependency field until a worker gets its own object. */
export class DependencyDeclaration<T = unknown, D = unknown> {
  readonly #create: () => DependencyProvider<T>;
  readonly #adapt: (double: D) => unknown;

  constructor(create: () => DependencyProvider<T>, adapt: (double: D) => unknown) {
    this.#create = create;
    this.#adapt = adapt;
  }

  /** Shows the declaration in `console.log`, which would else look for members it does not have. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[dependency, not bound to a worker]';
  }

  /** Creates the provider of a declaration; called once per container. */
  static providerOf(declaration: DependencyDeclaration): DependencyProvider {
    return declaration.#create();
  }

  /** Turns a test's double into what the worker will find. */
  static adapt(declaration: DependencyDeclaration, double: unknown): unknown {
    return declaration.#adapt(double);
  }

  /** Recognises a declaration, without touching the members it does not have. */
  static is(value: unknown): value is DependencyDeclaration {
    return typeof value === 'object' && value !== null && #create in value;
  }
}
Object.setPrototypeOf(DependencyDeclaration.prototype, new Proxy(Object.create(null), unbound));

/**
 * Declares a dependency: `db = dependency(() => new DatabaseProvider())`. In the class the field has the type of what a
 * worker will find there. `adapt` wraps the double a test gives, if plain functions should become something richer.
 */
export function dependency<T, D = Double<T>>(
  create: () => DependencyProvider<T>,
  adapt: (double: D) => unknown = (double) => double,
): Dependency<T, D> {
  // The field holds a declaration until the container puts the worker's object there: the type is a promise about then.
  return new DependencyDeclaration<T, D>(create, adapt) as unknown as Dependency<T, D>;
}
