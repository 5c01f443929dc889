import type { Discovery } from '../transport/discovery-transport.ts';
import type { JsonSchema } from '../foundation/json-schema.ts';
import { type KnownEntry, type KnownService, knownServices } from './known-service.ts';

/** Which services were on the bus when it was asked. */
export class ServiceListing {
  /** Those that describe themselves, in the order of their names. */
  readonly services: readonly KnownService[];
  /** Services known by name only: programs in other languages. */
  readonly others: readonly string[];
  /** How many processes did not answer. */
  readonly silent: number;

  constructor({ services, others, silent }: Discovery) {
    this.services = knownServices(services);
    this.others = others.toSorted();
    this.silent = silent;
  }

  /** All services that take calls or do anything else, by name. */
  get names(): string[] {
    return [...this.services.map(({ name }) => name), ...this.others].toSorted();
  }

  find(service: string): KnownService | undefined {
    return this.services.find(({ name }) => name === service);
  }

  /** The rpcs of a service; empty for one that is known by name only. */
  rpcs(service: string): readonly KnownEntry[] {
    return this.find(service)?.entrypoints.filter(({ kind }) => kind === 'rpc') ?? [];
  }

  /** What the payload of an event must be, if the contract of its service says so. */
  payloadOf(source: string, type: string): JsonSchema | undefined {
    const dispatched = this.find(source)?.instances.flatMap(({ dispatches }) => dispatches);
    return dispatched?.find((event) => event.type === type)?.payload;
  }

  /** The services whose events somebody handles or declares, and the types of each. */
  events(): ReadonlyMap<string, ReadonlySet<string>> {
    const events = new Map<string, Set<string>>();
    const add = (source: string, type: string): void => {
      events.set(source, (events.get(source) ?? new Set()).add(type));
    };
    for (const { name, instances, entrypoints } of this.services) {
      for (const { type } of instances.flatMap(({ dispatches }) => dispatches)) add(name, type);
      for (const { kind, source, type } of entrypoints) {
        if (kind === 'event' && source !== undefined && type !== undefined) add(source, type);
      }
    }
    return events;
  }
}
