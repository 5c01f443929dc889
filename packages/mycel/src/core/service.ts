import { UsageError } from '../foundation/errors.ts';
import { isContract, type Contract, type RpcNames, type ServiceOf } from './contract.ts';
import {
  type AnyMethod,
  declarationOf,
  declaredMethods,
  type EntrypointDecorator,
  type MethodDeclaration,
} from './declaration.ts';
import {
  buildDefinition,
  checkDeclaration,
  recordService,
  type ServiceClass,
  type ServiceDeclaration,
  type ServiceDefinition,
  type ServiceOptions,
} from './service-definition.ts';

/** A decorator for classes that can be a service: constructed without arguments. */
export type ServiceDecorator<T extends object = object> = (
  serviceClass: ServiceClass<T>,
  context: ClassDecoratorContext,
) => void;

/**
 * Makes a class a service. With a contract the class must have an `@rpc` method for each of its rpcs, of the right
 * type; that is checked by the compiler, and when the class is defined.
 */
export function service(name: string, options?: ServiceOptions): ServiceDecorator;
export function service<C extends Contract>(contract: C, options?: ServiceOptions): ServiceDecorator<ServiceOf<C>>;
export function service(nameOrContract: string | Contract, options: ServiceOptions = {}): ServiceDecorator {
  return (serviceClass, context) => {
    assertStandardClassDecorator(serviceClass, context);
    const declaration = { ...nameAndContract(nameOrContract), options };
    checkDeclaration(serviceClass, { ...declaration, methods: declaredMethods(context.metadata) });
    recordService(context.metadata, declaration);
  };
}

type EntrypointsOf<M> = M extends AnyMethod ? EntrypointDecorator<M> | readonly EntrypointDecorator<M>[] : never;

/** Which entrypoints fire which methods of a class: one, or several. */
export type EntrypointMap<T> = {
  readonly [K in keyof T]?: EntrypointsOf<T[K]>;
};

/**
 * Makes a class a service without decorators: `defineService(MathService, 'math_service', { add: rpc() })`.
 * For plain Node, which strips types but runs no decorators. Decorators on the class, if any, count too.
 */
export function defineService<T extends object>(
  serviceClass: ServiceClass<T>,
  name: string,
  methods: EntrypointMap<NoInfer<T>>,
  options?: ServiceOptions,
): ServiceDefinition<T>;
export function defineService<T extends ServiceOf<C>, C extends Contract>(
  serviceClass: ServiceClass<T>,
  contract: C,
  methods: EntrypointMap<NoInfer<T>> & { readonly [K in RpcNames<C>]: unknown },
  options?: ServiceOptions,
): ServiceDefinition<T>;
export function defineService<T extends object>(
  serviceClass: ServiceClass<T>,
  nameOrContract: string | Contract,
  methods: Readonly<Record<string, EntrypointDecorator | readonly EntrypointDecorator[] | undefined>>,
  options: ServiceOptions = {},
): ServiceDefinition<T> {
  const declared: MethodDeclaration[] = [...declaredMethods(serviceClass[Symbol.metadata] ?? undefined)];
  for (const [method, entrypoints] of Object.entries(methods)) {
    for (const entrypoint of entrypoints === undefined ? [] : [entrypoints].flat()) {
      declared.push({ method, declaration: readDeclaration(entrypoint, `${serviceClass.name}.${method}`) });
    }
  }
  return buildDefinition(serviceClass, { ...nameAndContract(nameOrContract), options, methods: declared });
}

function nameAndContract(nameOrContract: string | Contract): Pick<ServiceDeclaration, 'name' | 'contract'> {
  return isContract(nameOrContract)
    ? { name: nameOrContract.name, contract: nameOrContract }
    : { name: nameOrContract };
}

function readDeclaration(entrypoint: EntrypointDecorator, at: string): MethodDeclaration['declaration'] {
  const declaration = typeof entrypoint === 'function' ? declarationOf(entrypoint) : undefined;
  if (declaration) return declaration;
  throw new UsageError(
    `defineService: ${at} needs an entrypoint, such as rpc() or eventHandler(...) (with parentheses)`,
  );
}

function assertStandardClassDecorator(serviceClass: { readonly name: string }, context: unknown): void {
  const name = serviceClass.name || '(anonymous)';
  if (typeof context !== 'object' || context === null) {
    throw new UsageError(
      `@service on class ${name}: Mycel uses standard decorators, and this code was compiled for legacy ones; remove "experimentalDecorators" from tsconfig.json`,
    );
  }
  const { kind, metadata } = context as Partial<ClassDecoratorContext>;
  if (kind !== 'class') throw new UsageError(`@service stands on a class, not on a ${String(kind)}`);
  if (!metadata) {
    throw new UsageError(
      `@service on class ${name}: the compiler gave no decorator metadata; import 'mycel' before the class is defined, or use defineService()`,
    );
  }
}
