import { UsageError } from '../foundation/errors.ts';
import type { ResourceKey } from '../foundation/resource-key.ts';

/** What a shared resource may ask of the process that it is opened for. */
export interface ResourceOwner {
  /** Describes the services that run at this moment: their manifests, plain JSON. */
  describe(): readonly object[];
}

/** Something the services of a process share: the transport, the web server. */
export interface SharedResource<T> {
  readonly key: ResourceKey<T>;
  /** Opens it. Called once, when a service first asks. */
  open(owner: ResourceOwner): Promise<T>;
  /** Closes it; also interrupts an `open` under way, which then rejects. Called once, after every service has stopped. */
  close(): Promise<void>;
}

/** The shared resources of one runner: each is opened when first asked for, and closed in the opposite order. */
export class ResourceSet {
  readonly #registered = new Map<ResourceKey<unknown>, SharedResource<unknown>>();
  readonly #opened = new Map<ResourceKey<unknown>, Promise<unknown>>();
  readonly #owner: ResourceOwner;
  #closing: Promise<void> | undefined;

  constructor(resources: Iterable<SharedResource<unknown>> = [], owner: ResourceOwner = { describe: () => [] }) {
    this.#owner = owner;
    for (const resource of resources) {
      if (this.#registered.has(resource.key)) {
        throw new UsageError(`two resources '${resource.key.name}' were given; a process has one of each`);
      }
      this.#registered.set(resource.key, resource);
    }
  }

  /** Returns the resource, opening it if nobody did. Rejects with a `UsageError` if none was registered under `key`. */
  async acquire<T>(key: ResourceKey<T>): Promise<T> {
    const resource = this.#registered.get(key);
    if (!resource) {
      throw new UsageError(
        `no '${key.name}' was given to the runner; pass one among its resources, or start the services with 'mycel run'`,
      );
    }
    if (this.#closing) throw new UsageError(`'${key.name}' was asked for after its runner had stopped`);
    let opened = this.#opened.get(key);
    if (!opened) {
      opened = resource.open(this.#owner);
      this.#opened.set(key, opened);
    }
    // A resource is registered under the key that names its type.
    return (await opened) as T;
  }

  /** Closes what was opened, last first. Rejects with what went wrong after having tried all of them. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const errors: unknown[] = [];
    for (const key of [...this.#opened.keys()].toReversed()) {
      try {
        await this.#registered.get(key)?.close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length) throw new AggregateError(errors, 'several shared resources could not be closed');
  }
}
