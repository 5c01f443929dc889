import type { Config } from '../foundation/config-section.ts';
import { defaultConfig } from '../foundation/config-section.ts';
import { UsageError } from '../foundation/errors.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { ResourceSet } from './resources.ts';

/** How a container runs its service. */
export interface ContainerOptions {
  /** Where extensions read their options. @default every option at its default */
  readonly config?: Config;
  /** @default a logger that writes nothing */
  readonly logger?: Logger;
  /** What the services of the process share. @default nothing */
  readonly resources?: ResourceSet;
  /** Workers that may run at once, over all entrypoints. @default the service's own option, or 10 */
  readonly maxWorkers?: number;
  /** How many ids of parent calls travel along. @default 10 */
  readonly parentCallsTracked?: number;
  /** How long running workers may go on once the container stops, in milliseconds. @default 30_000 */
  readonly graceMs?: number;
}

/** {@link ContainerOptions}, complete. */
export type ResolvedContainerOptions = Required<ContainerOptions>;

/** Fills in defaults and checks. Throws one `UsageError` that lists every problem. */
export function resolveContainerOptions(
  options: ContainerOptions,
  serviceMaxWorkers: number | undefined,
): ResolvedContainerOptions {
  const resolved = {
    config: options.config ?? defaultConfig,
    logger: options.logger ?? silentLogger,
    resources: options.resources ?? new ResourceSet(),
    maxWorkers: options.maxWorkers ?? serviceMaxWorkers ?? 10,
    parentCallsTracked: options.parentCallsTracked ?? 10,
    graceMs: options.graceMs ?? 30_000,
  };
  const problems: string[] = [];
  if (!Number.isInteger(resolved.maxWorkers) || resolved.maxWorkers < 1) {
    problems.push(`maxWorkers: expected a whole number of at least 1, got ${resolved.maxWorkers}`);
  }
  if (!Number.isInteger(resolved.parentCallsTracked) || resolved.parentCallsTracked < 0) {
    problems.push(`parentCallsTracked: expected a whole number of at least 0, got ${resolved.parentCallsTracked}`);
  }
  if (!(resolved.graceMs >= 0)) problems.push(`graceMs: expected a number of milliseconds, got ${resolved.graceMs}`);
  if (problems.length) throw new UsageError(problems.join('; '));
  return resolved;
}
