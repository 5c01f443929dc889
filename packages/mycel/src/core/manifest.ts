import { type JsonSchema, jsonSchemaOf } from '../foundation/json-schema.ts';
import { processIdentity, type ProcessIdentity } from '../foundation/process-identity.ts';
import type { ServiceContainer } from './container.ts';

/** What a service exposes and consumes, and where it runs, as plain JSON. */
export interface Manifest extends ProcessIdentity {
  readonly service: string;
  /** Tells the instances of a service apart. */
  readonly instance: string;
  readonly maxWorkers: number;
  readonly entrypoints: readonly ManifestEntry[];
  /** The events that its contract says it dispatches. */
  readonly dispatches: readonly ManifestEvent[];
  readonly dependencies: readonly ManifestDependency[];
}

/** One entrypoint: its kind, its method, and what the entrypoint says of itself. */
export interface ManifestEntry {
  readonly kind: string;
  readonly method: string;
  readonly [detail: string]: unknown;
}

/** One event that a service dispatches. */
export interface ManifestEvent {
  readonly type: string;
  /** Describes the payload, if the schema's library can. */
  readonly payload?: JsonSchema;
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
    ...processIdentity(),
    maxWorkers: container.maxWorkers,
    entrypoints: container.entrypoints.map((entrypoint) => ({
      ...entrypoint.describe(),
      kind: entrypoint.kind,
      method: entrypoint.method,
    })),
    dispatches: Object.values(container.contract?.events ?? {}).map(({ type, schema }) => {
      const payload = jsonSchemaOf(schema, 'input');
      return { type, ...(payload ? { payload } : {}) };
    }),
    dependencies: container.fields.map(({ field, provider }) => ({
      ...provider.describe(),
      field,
      kind: provider.kind,
    })),
  };
}
