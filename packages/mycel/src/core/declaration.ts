import { UsageError } from '../foundation/errors.ts';
import type { Entrypoint } from './entrypoint.ts';

// Missing on every Node up to 26; decorators write their metadata under it (TC39 decorator metadata, stage 3).
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata');

const DECLARATION: unique symbol = Symbol.for('mycel.entrypoint-declaration');
const ENTRYPOINTS: unique symbol = Symbol.for('mycel.entrypoints');

// oxlint-disable-next-line typescript/no-explicit-any -- only `any` accepts every method, whatever its parameters
export type AnyMethod = (...args: any[]) => unknown;

/** Says that a method is fired by an entrypoint, before any container exists. */
export interface EntrypointDeclaration {
  readonly kind: string;
  /** Creates the extension; called once per container. */
  readonly create: () => Entrypoint;
}

/** The place of a decorated method: public and on the instance. */
export type PublicMethodContext<This = unknown> = ClassMethodDecoratorContext<This> & {
  readonly static: false;
  readonly private: false;
};

/** A decorator for methods of the type `M`, and at the same time the declaration `defineService` takes. */
export interface EntrypointDecorator<M extends AnyMethod = AnyMethod> {
  (target: M, context: PublicMethodContext): void;
  readonly [DECLARATION]: EntrypointDeclaration;
}

/** One method of a service and what fires it. */
export interface MethodDeclaration {
  readonly method: string;
  readonly declaration: EntrypointDeclaration;
}

/** Makes a decorator of an entrypoint: `const nightly = () => declareEntrypoint('nightly', () => new Nightly())`. */
export function declareEntrypoint<M extends AnyMethod = AnyMethod>(
  kind: string,
  create: () => Entrypoint,
): EntrypointDecorator<M> {
  const declaration: EntrypointDeclaration = { kind, create };
  const decorate = (_target: M, context: PublicMethodContext): void => record(context, declaration);
  return Object.assign(decorate, { [DECLARATION]: declaration } as const);
}

/** Reads the declaration out of a decorator. */
export function declarationOf(decorator: EntrypointDecorator): EntrypointDeclaration {
  return decorator[DECLARATION];
}

/** Notes on the class that `context`'s method is fired by `declaration`. */
export function record(context: PublicMethodContext, declaration: EntrypointDeclaration): void {
  assertStandardDecorator(context, declaration.kind);
  const metadata = context.metadata as { [ENTRYPOINTS]?: MethodDeclaration[] };
  // The metadata object inherits from the base class's: do not write into its list.
  if (!Object.hasOwn(metadata, ENTRYPOINTS)) metadata[ENTRYPOINTS] = [];
  metadata[ENTRYPOINTS]?.push({ method: String(context.name), declaration });
}

/**
 * Reads the methods that decorators declared on a class, those of its base classes first. A subclass that decorates an
 * overriding method anew says all that fires it; one that overrides without decorators keeps what fires the base's.
 */
export function declaredMethods(metadata: object | undefined): readonly MethodDeclaration[] {
  if (!metadata) return [];
  const inherited = declaredMethods((Object.getPrototypeOf(metadata) as object | null) ?? undefined);
  const own = Object.hasOwn(metadata, ENTRYPOINTS)
    ? (metadata as { [ENTRYPOINTS]: MethodDeclaration[] })[ENTRYPOINTS]
    : [];
  const overridden = new Set(own.map(({ method }) => method));
  return [...inherited.filter(({ method }) => !overridden.has(method)), ...own];
}

/** Throws for a legacy toolchain and for places where an entrypoint cannot stand. */
export function assertStandardDecorator(context: unknown, name: string): void {
  if (typeof context === 'string' || typeof context === 'symbol' || context === undefined || context === null) {
    throw new UsageError(
      `@${name} on '${String(context)}': Mycel uses standard decorators, and this code was compiled for legacy ones; remove "experimentalDecorators" from tsconfig.json`,
    );
  }
  const place = context as Partial<ClassMethodDecoratorContext>;
  const where = `@${name} on '${String(place.name)}'`;
  if (place.kind !== 'method')
    throw new UsageError(`${where}: only a method can be an entrypoint, and this is a ${String(place.kind)}`);
  if (place.static) throw new UsageError(`${where}: a static method cannot be an entrypoint; remove 'static'`);
  if (typeof place.name === 'symbol')
    throw new UsageError(`${where}: an entrypoint is fired by name; give the method a name instead of a symbol`);
  if (place.private) throw new UsageError(`${where}: a #private method cannot be an entrypoint; make it public`);
  if (!place.metadata)
    throw new UsageError(
      `${where}: the compiler gave no decorator metadata; import 'mycel' before the class is defined, or use defineService()`,
    );
}
