import { UsageError, messageOf } from '../foundation/errors.ts';
import type { Contract } from './contract.ts';
import { declaredMethods, type MethodDeclaration } from './declaration.ts';
import { DependencyDeclaration } from './dependency.ts';

/** A class that can be made a service: constructed without arguments, once per worker. */
export type ServiceClass<T extends object = object> = new () => T;

/** Options of a service that belong to its code rather than to a deployment. */
export interface ServiceOptions {
  /** How many workers may run at once, over all entrypoints. The configuration's `max_workers` wins. @default 10 */
  readonly maxWorkers?: number;
}

/** One dependency field of a service. */
export interface FieldDeclaration {
  readonly field: string;
  readonly declaration: DependencyDeclaration;
}

/** A service as declared: the same whether decorators or `defineService` wrote it. */
export interface ServiceDefinition<T extends object = object> {
  readonly name: string;
  readonly serviceClass: ServiceClass<T>;
  readonly contract: Contract | undefined;
  readonly options: ServiceOptions;
  readonly methods: readonly MethodDeclaration[];
  readonly fields: readonly FieldDeclaration[];
}

/** What `@service` and `defineService` know of a class. */
export interface ServiceDeclaration {
  readonly name: string;
  readonly contract?: Contract | undefined;
  readonly options?: ServiceOptions;
  readonly methods: readonly MethodDeclaration[];
}

const SERVICE: unique symbol = Symbol.for('mycel.service');
const DEFINED: unique symbol = Symbol.for('mycel.defined-service');

/** Notes the service's name on the class's decorator metadata. */
export function recordService(metadata: object, declaration: Omit<ServiceDeclaration, 'methods'>): void {
  Object.defineProperty(metadata, SERVICE, { value: declaration, configurable: true });
}

/** Wraps a checked declaration so that a runner, and `mycel run`, recognise it among a module's exports. */
export function buildDefinition<T extends object>(
  serviceClass: ServiceClass<T>,
  declaration: ServiceDeclaration,
): ServiceDefinition<T> {
  checkDeclaration(serviceClass, declaration);
  const definition: ServiceDefinition<T> = {
    name: declaration.name,
    serviceClass,
    contract: declaration.contract,
    options: declaration.options ?? {},
    methods: declaration.methods,
    fields: findFields(serviceClass),
  };
  return Object.defineProperty(definition, DEFINED, { value: true });
}

/** Checks name, methods and contract of a service, without constructing it. Throws a `UsageError`. */
export function checkDeclaration(serviceClass: ServiceClass, declaration: ServiceDeclaration): void {
  checkName(declaration.name, serviceClass.name);
  checkMethods(serviceClass, declaration);
}

/** Tells whether a value is a service: a decorated class, or what `defineService` returned. */
export function isService(value: unknown): value is ServiceClass | ServiceDefinition {
  if (typeof value === 'function') return serviceRecordOf(value) !== undefined;
  return typeof value === 'object' && value !== null && DEFINED in value;
}

/** Reads the definition of a decorated class, or passes on that of `defineService`. Throws a `UsageError` if it is no service. */
export function definitionOf<T extends object>(service: ServiceClass<T> | ServiceDefinition<T>): ServiceDefinition<T> {
  if (typeof service !== 'function') return service;
  const methods = declaredMethods((service as { [Symbol.metadata]?: object })[Symbol.metadata]);
  const declared = serviceRecordOf(service);
  if (!declared) {
    const hint = methods.length
      ? `it has entrypoints (${methods.map(({ method }) => method).join(', ')}) but no name`
      : 'it has no @service';
    throw new UsageError(
      `class ${service.name || '(anonymous)'} is not a service: ${hint}; add @service('its_name') to the class`,
    );
  }
  return buildDefinition(service, { ...declared, methods });
}

/** Reads what `@service` noted on this very class: a subclass inherits entrypoints, but is no service by that. */
function serviceRecordOf(service: object): Omit<ServiceDeclaration, 'methods'> | undefined {
  if (!Object.hasOwn(service, Symbol.metadata)) return undefined;
  const metadata = (service as { [Symbol.metadata]: { [SERVICE]?: Omit<ServiceDeclaration, 'methods'> } })[
    Symbol.metadata
  ];
  return Object.hasOwn(metadata, SERVICE) ? metadata[SERVICE] : undefined;
}

function checkName(name: unknown, className: string): void {
  if (typeof name === 'string' && /^[^\s*#]+$/.test(name) && Buffer.byteLength(name) <= 200) return;
  throw new UsageError(
    `class ${className}: ${JSON.stringify(name)} is not a service name; use a word such as 'math_service' (no spaces, no '*' or '#', at most 200 bytes)`,
  );
}

function checkMethods(serviceClass: ServiceClass, { name, contract, methods }: ServiceDeclaration): void {
  const seen = new Set<string>();
  for (const { method, declaration } of methods) {
    const at = `${serviceClass.name}.${method}`;
    if (typeof (serviceClass.prototype as Record<string, unknown>)[method] !== 'function') {
      throw new UsageError(
        `${at} is declared as ${declaration.kind} entrypoint of '${name}', but the class has no method of that name`,
      );
    }
    if (declaration.kind === 'rpc') {
      if (seen.has(method)) throw new UsageError(`${at} is declared as rpc twice; one @rpc per method is enough`);
      if (method.includes('.'))
        throw new UsageError(`${at}: the name of an rpc cannot contain a dot (it is one word of the routing key)`);
      if (contract && !Object.hasOwn(contract.rpcs, method)) {
        throw new UsageError(
          `${at} is @rpc, but the contract '${contract.name}' has no such rpc; add it to the contract or remove @rpc`,
        );
      }
      seen.add(method);
    }
  }
  for (const method of Object.keys(contract?.rpcs ?? {})) {
    if (!seen.has(method))
      throw new UsageError(
        `${serviceClass.name} lacks the rpc '${method}' of the contract '${contract?.name}'; add an @rpc method of that name`,
      );
  }
}

/** Constructs the class once, without a worker, to see which of its fields are dependencies. */
function findFields(serviceClass: ServiceClass): FieldDeclaration[] {
  let probe: object;
  try {
    probe = new serviceClass();
  } catch (error) {
    throw new UsageError(
      `class ${serviceClass.name} cannot be constructed: ${messageOf(error)}; a service's constructor takes no arguments and does not touch its dependencies`,
      { cause: error },
    );
  }
  const fields: FieldDeclaration[] = [];
  for (const [field, declaration] of Object.entries(probe)) {
    if (DependencyDeclaration.is(declaration)) fields.push({ field, declaration });
  }
  return fields;
}
