import type { Schema } from '../foundation/schema.ts';
import { UsageError } from '../foundation/errors.ts';
import type { EventDefinition } from './event-definition.ts';
import { isErrorClass, noteErrorClass } from './remote-error.ts';
import type { RpcDefinition, RpcMethodOf } from './rpc-definition.ts';

/** What a service promises: its rpcs by name, and the schemas of the events it dispatches by type. */
export interface ContractSpec {
  readonly rpcs?: Readonly<Record<string, RpcDefinition>>;
  readonly events?: Readonly<Record<string, Schema>>;
}

/** A service's promise, shared by callers and callee; made by {@link defineContract}. */
export interface Contract<Name extends string = string, C extends ContractSpec = ContractSpec> {
  readonly kind: 'contract';
  readonly name: Name;
  readonly rpcs: NonNullable<C['rpcs']>;
  readonly events: {
    readonly [K in keyof NonNullable<C['events']> & string]: EventDefinition<NonNullable<C['events']>[K], Name, K>;
  };
}

/** The rpcs of a contract, by name. */
export type RpcNames<C extends Contract> = keyof C['rpcs'] & string;

/** What a class must implement for a contract: `class PaymentService implements ServiceOf<typeof payment>`. */
export type ServiceOf<C extends Contract> = { [K in keyof C['rpcs']]: RpcMethodOf<C['rpcs'][K]> };

/** Declares a contract. Throws a `UsageError` for what cannot be one. */
export function defineContract<const Name extends string, const C extends ContractSpec>(
  name: Name,
  spec: C,
): Contract<Name, C> {
  const rpcs = spec.rpcs ?? {};
  for (const [method, definition] of Object.entries(rpcs))
    checkRpcDefinition(`contract '${name}', ${method}`, definition);
  const events: Record<string, EventDefinition> = {};
  for (const [type, schema] of Object.entries(spec.events ?? {})) {
    if (!isSchema(schema)) throw new UsageError(`contract '${name}', event '${type}': not a schema; ${schemaHint}`);
    events[type] = { kind: 'event', source: name, type, schema };
  }
  // Both records were built, key for key, from the spec whose type is `C`.
  return Object.freeze({ kind: 'contract', name, rpcs, events }) as Contract as Contract<Name, C>;
}

/** Recognises a contract. */
export function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'contract';
}

const schemaHint = 'use a schema of zod, valibot, arktype or another library that implements Standard Schema';

/** Throws a `UsageError` that begins with `where` for a definition that cannot work, and notes its error classes. */
export function checkRpcDefinition(where: string, { params, returns, throws = [], idempotent }: RpcDefinition): void {
  const schemas: readonly unknown[] = Array.isArray(params) ? params : params === undefined ? [] : [params];
  for (const [index, schema] of schemas.entries()) {
    if (!isSchema(schema)) throw new UsageError(`${where}: params[${index}] is not a schema; ${schemaHint}`);
  }
  if (returns !== undefined && !isSchema(returns))
    throw new UsageError(`${where}: 'returns' is not a schema; ${schemaHint}`);
  if (idempotent !== undefined && typeof idempotent !== 'boolean')
    throw new UsageError(`${where}: 'idempotent' is neither true nor false`);
  for (const errorClass of throws) {
    if (!isErrorClass(errorClass)) {
      throw new UsageError(
        `${where}: 'throws' holds ${String((errorClass as { name?: unknown } | undefined)?.name)}, which cannot travel; declare it as class X extends remoteError('code', schema) {}`,
      );
    }
    noteErrorClass(errorClass);
  }
}

function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as Partial<Schema>)['~standard']?.validate === 'function';
}
