import { definitionOf, isService, type ServiceClass, type ServiceDefinition } from '../core/service-definition.ts';
import { UsageError } from '../foundation/errors.ts';
import { didYouMean } from '../foundation/nearest.ts';
import { NoServiceError } from './cli-errors.ts';
import { importModule } from './import-module.ts';
import { resolveModule, type ModuleReference } from './resolve-module.ts';

/** Loads the services of the modules on the command line, one after the other; the same one named twice counts once. */
export async function loadServices(modules: readonly string[], cwd = process.cwd()): Promise<ServiceDefinition[]> {
  // All of them are looked up before any is run, so that a slip in the last one does nothing.
  const references = modules.map((module) => resolveModule(module, cwd));
  const found = new Map<object, { definition: ServiceDefinition; from: string }>();
  for (const reference of references) {
    const module = await importModule(reference);
    for (const service of servicesIn(module, reference)) {
      const definition = definitionOf(service);
      const key = definition.serviceClass;
      const twin = [...found.values()].find((other) => other.definition.name === definition.name);
      if (twin && twin.definition.serviceClass !== key) throw sameName(definition, reference.name, twin);
      if (!found.has(key)) found.set(key, { definition, from: reference.name });
    }
  }
  return [...found.values()].map(({ definition }) => definition);
}

function servicesIn(
  module: Record<string, unknown>,
  { name, file, exportName }: ModuleReference,
): (ServiceClass | ServiceDefinition)[] {
  const services = Object.entries(module).filter((entry): entry is [string, ServiceClass | ServiceDefinition] =>
    isService(entry[1]),
  );
  if (exportName === undefined) {
    if (services.length) return [...new Set(services.map(([, service]) => service))];
    throw new NoServiceError(`the module '${name}' exports no service: ${whatItHas(module)}`);
  }
  const wanted = services.find(([key, service]) => key === exportName || nameOf(service) === exportName)?.[1];
  if (wanted) return [wanted];
  const names = services.map(([key]) => key);
  if (exportName in module) {
    throw new NoServiceError(
      `'${exportName}' of the module '${name}' is not a service; add @service('its_name') to the class`,
    );
  }
  const others = names.length ? `; its services are: ${names.join(', ')}` : `: ${whatItHas(module)}`;
  throw new NoServiceError(
    `the module '${name}' (${file}) exports no '${exportName}'${didYouMean(exportName, names)}${others}`,
  );
}

function whatItHas(module: Record<string, unknown>): string {
  const classes = Object.entries(module)
    .filter(([, value]) => typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value)))
    .map(([key]) => key);
  if (classes.length)
    return `it exports ${classes.join(', ')}; add @service('its_name') to the class, or export what defineService() returns`;
  const names = Object.keys(module);
  return names.length
    ? `it exports ${names.join(', ')}, none of which is a class with @service or the result of defineService()`
    : "it exports nothing; write 'export' before the service's class";
}

function nameOf(service: ServiceClass | ServiceDefinition): string {
  return typeof service === 'function' ? service.name : service.serviceClass.name;
}

function sameName(
  { name, serviceClass }: ServiceDefinition,
  from: string,
  twin: { definition: ServiceDefinition; from: string },
): UsageError {
  return new UsageError(
    `two services are named '${name}': ${twin.definition.serviceClass.name} of '${twin.from}' and ${serviceClass.name} of '${from}'; give each its own name, or pick one with MODULE:ClassName`,
  );
}
