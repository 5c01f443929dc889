import { UsageError } from '../foundation/errors.ts';
import type { ResourceKey } from '../foundation/resource-key.ts';
import { DependencyProvider } from './dependency-provider.ts';
import { Entrypoint } from './entrypoint.ts';
import { Extension } from './extension.ts';
import type { HealthSource } from './health-check.ts';
import type { LifeCycle } from './life-cycle.ts';
import type { ServiceHost } from './service-host.ts';

/** The extensions of one container: bound in the order they were declared, told apart by the moment they stop. */
export class ExtensionSet {
  readonly #host: ServiceHost;
  readonly #all: LifeCycle[] = [];
  readonly #shared = new Map<ResourceKey<unknown>, LifeCycle>();
  #sealed = false;

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  get all(): readonly LifeCycle[] {
    return this.#all;
  }

  get entrypoints(): readonly Entrypoint[] {
    return this.#all.filter((extension) => extension instanceof Entrypoint);
  }

  get dependencies(): readonly DependencyProvider[] {
    return this.#all.filter((extension) => extension instanceof DependencyProvider);
  }

  /** What entrypoints and dependencies have taken in: shared and sub-extensions. */
  get others(): readonly LifeCycle[] {
    return this.#all.filter(
      (extension) => !(extension instanceof Entrypoint || extension instanceof DependencyProvider),
    );
  }

  /** Binds the extension to the container, and with it what it takes in. */
  adopt<E extends LifeCycle>(extension: E): E {
    if (this.#sealed) {
      throw new UsageError(
        `${extension.constructor.name} came too late: extensions are taken in while binding (override onBind), not afterwards`,
      );
    }
    this.#all.push(extension);
    if (extension instanceof Extension) extension.bind(this.#host);
    return extension;
  }

  /** Returns the one extension of `key`, creating it for the first who asks. */
  share<E extends LifeCycle>(key: ResourceKey<E>, create: () => E): E {
    const present = this.#shared.get(key);
    // What is stored under a key was created for that key.
    if (present) return present as E;
    const extension = create();
    this.#shared.set(key, extension);
    return this.adopt(extension);
  }

  /** What can tell how it is. `fields` names the dependencies by their field. */
  healthSources(fields: ReadonlyMap<LifeCycle, string>): HealthSource[] {
    return this.#all.flatMap((extension) => {
      if (!(extension instanceof Extension) || !extension.health) return [];
      return [{ name: this.#nameOf(extension, fields), ask: (signal) => extension.health?.(signal) }];
    });
  }

  /** Ends the time of binding. */
  seal(): void {
    this.#sealed = true;
  }

  /** What people know an extension by: `event onSold`, `database db`, the key of what is shared; else its class. */
  #nameOf(extension: Extension, fields: ReadonlyMap<LifeCycle, string>): string {
    if (extension instanceof Entrypoint) return `${extension.kind} ${extension.method}`;
    const field = fields.get(extension);
    if (extension instanceof DependencyProvider && field !== undefined) return `${extension.kind} ${field}`;
    const [key] = [...this.#shared].find(([, shared]) => shared === extension) ?? [];
    return key?.name ?? extension.constructor.name;
  }
}
