import type { ServiceContainer } from './container.ts';

/** What a service exposes and consumes, as plain JSON. */
export interface Manifest {
  readonly service: string;
  readonly instance: string;
  readonly maxWorkers: number;
  readonly entrypoints: readonly ManifestEntry[];
  readonly dependencies: readonly ManifestDependency[];
}

/** One entrypoint: its kind, its method, and what the entrypoint says of itself. */
export interface ManifestEntry {
  readonly kind: string;
  readonly method: string;
  readonly [detail: string]: unknown;
}

/** One dependency field. */
export interface ManifestDependency {
  readonly field: string;
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/** Describes a container's service. */
export function manifestOf(container: ServiceContainer): Manifest {
  return {
    service: container.serviceName,
    instance: container.instanceId,
    maxWorkers: container.maxWorkers,
    entrypoints: container.entrypoints.map((entrypoint) => ({
      ...entrypoint.describe(),
      kind: entrypoint.kind,
      method: entrypoint.method,
    })),
    dependencies: container.fields.map(({ field, provider }) => ({
      ...provider.describe(),
      field,
      kind: provider.kind,
    })),
  };
}
