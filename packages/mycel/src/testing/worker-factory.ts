import { DependencyDeclaration, type Replacements } from '../core/dependency.ts';
import type { ServiceClass } from '../core/service-definition.ts';
import { UsageError } from '../foundation/errors.ts';

/**
 * Makes a bare instance of a service, without container or broker, to test its methods as plain ones:
 * `workerFactory(OrdersService, { payments: { charge: () => receipt } })`. A dependency the test did not give throws
 * when it is touched.
 */
export function workerFactory<T extends object>(
  serviceClass: ServiceClass<T>,
  replacements: Replacements<NoInfer<T>> = {},
): T {
  const worker = new serviceClass();
  const fields = worker as Record<string, unknown>;
  // Its keys are names of fields: that is what `Replacements` says.
  const given = replacements as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (DependencyDeclaration.is(fields[name])) continue;
    const known = Object.keys(fields).filter((field) => DependencyDeclaration.is(fields[field]));
    throw new UsageError(
      `workerFactory: '${name}' is not a dependency of ${serviceClass.name}; it has ${known.join(', ') || 'none'}`,
    );
  }
  for (const [field, declaration] of Object.entries(fields)) {
    if (!DependencyDeclaration.is(declaration)) continue;
    fields[field] = Object.hasOwn(given, field)
      ? DependencyDeclaration.adapt(declaration, given[field])
      : missing(`${serviceClass.name}.${field}`, field);
  }
  return worker;
}

function missing(where: string, field: string): object {
  const complain = (use: string): never => {
    throw new UsageError(`${use}, but '${field}' was not given to workerFactory`);
  };
  return new Proxy(() => {}, {
    get: (_target, key) =>
      typeof key === 'symbol' || key === 'then' ? undefined : complain(`${where}.${key} was used`),
    apply: () => complain(`${where}() was called`),
  });
}
