import type { BusClient } from '../app/bus-client.ts';
import { readArguments } from '../app/call-arguments.ts';
import { ServiceListing } from '../app/service-listing.ts';
import type { CallOptions } from '../rpc/rpc-client.ts';
import type { PublishResult } from '../transport/event-transport.ts';
import type { CallArguments } from '../transport/rpc-transport.ts';
import { DisconnectedError } from '../transport/transport-errors.ts';
import { shellServices, type ShellServices } from './shell-services.ts';

/** A listing that is younger is taken for the truth: between two keystrokes nothing is asked again. */
const freshMs = 1000;

/** What `n.services()` says of a service: of one that is known by name only, nothing else. */
export interface ListedService {
  readonly name: string;
  readonly instances?: number;
  /** With their parameters. */
  readonly rpcs?: readonly string[];
}

/** What stands for the bus at the prompt and in scripts: `n`. */
export interface ShellNames {
  /** `n.rpc.SERVICE.METHOD(...)` calls. */
  readonly rpc: ShellServices;
  /** Calls with arguments said outright: `n.call('math', 'add', { args: [1], kwargs: { y: 2 } })`. */
  readonly call: (
    service: string,
    method: string,
    args?: Partial<CallArguments>,
    options?: CallOptions,
  ) => Promise<unknown>;
  /** Dispatches an event in the name of a service. */
  readonly dispatch: (source: string, type: string, payload?: unknown) => Promise<PublishResult>;
  /** Lists the services that are on the bus now. */
  readonly services: () => Promise<readonly ListedService[]>;
  /** What travels with calls and events; may be written to. */
  readonly context: Record<string, unknown>;
  /** The configuration, secrets masked. */
  readonly config: unknown;
}

/** What a scope is made of. */
export interface ShellScopeOptions {
  readonly context: Record<string, unknown>;
  readonly config: unknown;
}

/** The names of the shell, what is known of the services behind them, and the calls under way. */
export class ShellScope {
  readonly names: ShellNames;
  readonly #client: BusClient;
  readonly #pending = new Set<Promise<unknown>>();
  #listing = new ServiceListing({ services: [], silent: 0, others: [] });
  #listedAt = -Infinity;
  #abort = new AbortController();

  constructor(client: BusClient, { context, config }: ShellScopeOptions) {
    this.#client = client;
    this.names = {
      rpc: shellServices({
        known: () => this.#listing.names,
        signatures: (service) => signaturesOf(this.#listing, service),
        call: (service, method, values, options) => this.#track(this.#callMethod(service, method, values, options)),
      }),
      call: (service, method, args = {}, options = {}) =>
        this.#track(this.#callBy(service, method, () => ({ args: [], kwargs: {}, ...args }), options)),
      dispatch: (source, type, payload = null) => this.#track(client.dispatch(source, type, payload)),
      services: () => this.#track(this.list(0).then(summaryOf)),
      context,
      config,
    };
  }

  /** What was known of the services when they were last asked. */
  get listing(): ServiceListing {
    return this.#listing;
  }

  /** Asks for the services, unless that was done within `maxAgeMs`. */
  async list(maxAgeMs = freshMs): Promise<ServiceListing> {
    if (performance.now() - this.#listedAt >= maxAgeMs) {
      this.#listing = await this.#client.list();
      this.#listedAt = performance.now();
    }
    return this.#listing;
  }

  /** Gives up the calls that are under way. */
  cancel(): void {
    this.#abort.abort(new Error('interrupted'));
    this.#abort = new AbortController();
  }

  /** Waits until nothing is under way. Never rejects. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  async #callMethod(
    service: string,
    method: string,
    values: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    return this.#callBy(
      service,
      method,
      (listing) =>
        readArguments(
          listing.rpcs(service).find((rpc) => rpc.method === method),
          values,
        ),
      options,
    );
  }

  async #callBy(
    service: string,
    method: string,
    argumentsBy: (listing: ServiceListing) => CallArguments,
    options: CallOptions,
  ): Promise<unknown> {
    const { signal } = this.#abort;
    const listing = await this.#listFor(service);
    const joined = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
    return this.#client.call(listing, service, method, argumentsBy(listing), { ...options, signal: joined });
  }

  /** Asks anew for each call: the service may have come, or changed, since. */
  async #listFor(service: string): Promise<ServiceListing> {
    try {
      return await this.#client.list({ service });
    } catch (error) {
      // The call itself waits longer for a broker that is away, and then counts.
      if (error instanceof DisconnectedError) return this.#listing;
      throw error;
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    const forget = (): void => void this.#pending.delete(work);
    work.then(forget, forget);
    // Another promise than the one that is looked at here: a failure that the script ignores must show as such.
    return work.then((value) => value);
  }
}

function summaryOf(listing: ServiceListing): ListedService[] {
  const described = listing.services.map(({ name, instances }) => ({
    name,
    instances: instances.length,
    rpcs: signaturesOf(listing, name),
  }));
  return [...described, ...listing.others.map((name) => ({ name }))];
}

function signaturesOf(listing: ServiceListing, service: string): string[] {
  return listing.rpcs(service).map(({ method, parameters = '' }) => method + parameters);
}
