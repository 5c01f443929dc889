import type { Awaitable } from '../foundation/awaitable.ts';
import { UsageError } from '../foundation/errors.ts';
import type { HealthReport } from '../foundation/health-report.ts';
import type { ResourceKey } from '../foundation/resource-key.ts';
import type { HealthSource } from './health-check.ts';
import { HealthMonitor, type MonitoredProcess } from './health-monitor.ts';

/** What a shared resource may ask of the process that it is opened for. */
export interface ResourceOwner {
  /** Describes the services that run at this moment: their manifests, plain JSON. */
  describe(): readonly object[];
  /** Tells how the process is. */
  readonly health: HealthMonitor;
  /** Ends the services of the process, since something that they share cannot go on: gracefully, with this as the reason. Absent without a runner. */
  fail?(error: unknown): void;
}

/** Something the services of a process share: the transport, the web server. */
export interface SharedResource<T> {
  readonly key: ResourceKey<T>;
  /** Open it before the services start, whether one asks for it or not; it is closed after the others. @default false */
  readonly opensFirst?: boolean;
  /** Opens it. Called once, when a service first asks. */
  open(owner: ResourceOwner): Promise<T>;
  /** Closes it; also interrupts an `open` under way, which then rejects. Called once, after every service has stopped. */
  close(): Promise<void>;
  /** Tells how it is, as an extension may; asked once it is open. The process is ready only while it is. */
  health?(signal: AbortSignal): Awaitable<HealthReport | void>;
  /** Tells what its `open` waits for, while that takes; `undefined` if nothing hinders it. */
  waitsFor?(): string | undefined;
}

const nothing: MonitoredProcess = {
  state: 'created',
  hasStarted: false,
  failure: undefined,
  services: [],
  healthSources: [],
};

/** Where there is no runner. */
const nobody: ResourceOwner = {
  describe: () => [],
  health: new HealthMonitor(() => nothing),
};

/** The shared resources of one runner: each is opened when first asked for, and closed in the opposite order. */
export class ResourceSet {
  readonly #registered = new Map<ResourceKey<unknown>, SharedResource<unknown>>();
  readonly #opened = new Map<ResourceKey<unknown>, Promise<unknown>>();
  readonly #healthSources: HealthSource[] = [];
  readonly #opening = new Set<SharedResource<unknown>>();
  readonly #owner: ResourceOwner;
  #closing: Promise<void> | undefined;

  constructor(resources: Iterable<SharedResource<unknown>> = [], owner: ResourceOwner = nobody) {
    this.#owner = owner;
    for (const resource of resources) {
      if (this.#registered.has(resource.key)) {
        throw new UsageError(`two resources '${resource.key.name}' were given; a process has one of each`);
      }
      this.#registered.set(resource.key, resource);
    }
  }

  /** What is open and can tell how it is. */
  get healthSources(): readonly HealthSource[] {
    return this.#healthSources;
  }

  /** Why services still wait for what they share, one sentence each. */
  get waitingFor(): string[] {
    return [...this.#opening].flatMap((resource) => {
      const reason = resource.waitsFor?.();
      return reason === undefined ? [] : [`${resource.key.name}: ${reason}`];
    });
  }

  /** Opens what is to be open before the services start; `undefined` if nothing is. Rejects as the first that fails does. */
  openFirst(): Promise<unknown> | undefined {
    const first = [...this.#registered.values()].filter(({ opensFirst }) => opensFirst);
    return first.length ? Promise.all(first.map(({ key }) => this.acquire(key))) : undefined;
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
      opened = this.#open(resource);
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

  async #open(resource: SharedResource<unknown>): Promise<unknown> {
    this.#opening.add(resource);
    try {
      const opened = await resource.open(this.#owner);
      if (resource.health) {
        this.#healthSources.push({ name: resource.key.name, ask: (signal) => resource.health?.(signal) });
      }
      return opened;
    } finally {
      this.#opening.delete(resource);
    }
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
