import { inspect } from 'node:util';
import { durationMs } from '../foundation/duration.ts';
import type { CallOptions } from '../rpc/rpc-client.ts';

/** A method at the prompt. */
export interface ShellMethod {
  (...values: readonly unknown[]): Promise<unknown>;
  /** Returns the same method with options for its calls: `n.rpc.reports.build.with({ timeout: '1m' })()`. */
  with(options: CallOptions): ShellMethod;
}

/** `n.rpc`: services by name, with methods by name. */
export type ShellServices = Readonly<Record<string, Readonly<Record<string, ShellMethod>>>>;

/** What {@link shellServices} needs. */
export interface ShellServicesOptions {
  /** The names of the services that are known. */
  readonly known: () => readonly string[];
  /** What is known of the rpcs of a service: `add(x, y)`. */
  readonly signatures: (service: string) => readonly string[];
  readonly call: (
    service: string,
    method: string,
    values: readonly unknown[],
    options: CallOptions,
  ) => Promise<unknown>;
}

/**
 * Makes `n.rpc`. Every name is a service and each of its names a method, since one may have come that nobody has asked
 * for yet; which there are shows when it is printed.
 */
export function shellServices({ known, signatures, call }: ShellServicesOptions): ShellServices {
  const method = (service: string, name: string, options: CallOptions): ShellMethod =>
    Object.assign((...values: readonly unknown[]) => call(service, name, values, options), {
      [inspect.custom]: () => `${service}.${signatures(service).find((known) => nameOf(known) === name) ?? name}`,
      with: (more: CallOptions): ShellMethod => {
        if (more.timeout !== undefined) durationMs(more.timeout, `${name}.with({ timeout })`);
        return method(service, name, { ...options, ...more });
      },
    });
  const service = (name: string): Record<string, ShellMethod> =>
    byName(
      (key) => method(name, key, {}),
      () => `${name}: ${signatures(name).join(', ') || 'no rpcs are known'}`,
    );
  return byName(service, () => (known().length > 0 ? `services: ${known().join(', ')}` : 'no service is on the bus'));
}

function nameOf(signature: string): string {
  return signature.replace(/\(.*/s, '');
}

/** What promises, serialisers and inspectors ask of any object: never the name of a service or of a method. */
const notNames = new Set(['then', 'toJSON', 'constructor', 'inspect']);

/** An object with every name. What it makes for a name it keeps. */
function byName<T>(make: (name: string) => T, describe: () => string): Record<string, T> {
  // Inspectors look at the target itself. Without a prototype: every name is free.
  const made = Object.assign(Object.create(null) as Record<string | symbol, unknown>, {
    [inspect.custom]: describe,
  }) as Record<string, T>;
  return new Proxy(made, {
    get: (target, key) => {
      if (typeof key !== 'string' || notNames.has(key)) return undefined;
      return (target[key] ??= make(key));
    },
    has: (_target, key) => typeof key === 'string' && !notNames.has(key),
    set: () => false,
    deleteProperty: () => false,
  });
}
