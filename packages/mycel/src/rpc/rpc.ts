import { checkRpcDefinition, type Contract, isContract, type RpcNames } from '../core/contract.ts';
import {
  type AnyMethod,
  declareEntrypoint,
  type EntrypointDecorator,
  type PublicMethodContext,
} from '../core/declaration.ts';
import type { RemoteErrorClass } from '../core/remote-error.ts';
import type { CheckedArguments, ReturnedValue, RpcDefinition, RpcMethodOf, RpcParams } from '../core/rpc-definition.ts';
import type { Awaitable } from '../foundation/awaitable.ts';
import type { Schema } from '../foundation/schema.ts';
import { RpcEntrypoint, type RpcEntrypointOptions } from './rpc-entrypoint.ts';

/** What `@rpc({...})` takes: the definition of the rpc, and what concerns only its own side. */
export interface RpcDeclaration<
  P extends RpcParams | undefined = RpcParams | undefined,
  R extends Schema | undefined = Schema | undefined,
  E extends readonly RemoteErrorClass[] = readonly RemoteErrorClass[],
> extends RpcDefinition<P, R, E>,
    RpcEntrypointOptions {}

/** A decorator for the methods of a contract: each must be what the entry of its own name says. */
export type ContractRpcDecorator<C extends Contract> = <K extends RpcNames<C>>(
  target: RpcMethodOf<C['rpcs'][K]>,
  context: PublicMethodContext & { readonly name: K },
) => void;

/**
 * Makes a method callable by other services, under its own name: `@rpc`, `@rpc()`, `@rpc({ params, returns, throws })`,
 * or `@rpc(contract)`, which lets the compiler hold the single method against the contract. In a service of
 * `@service(contract)` a plain `@rpc` is enough.
 *
 * Arguments are checked before a worker is taken, the result before it is sent.
 */
export function rpc(target: AnyMethod, context: PublicMethodContext): void;
export function rpc(): EntrypointDecorator;
export function rpc<C extends Contract>(contract: C, options?: RpcEntrypointOptions): ContractRpcDecorator<C>;
export function rpc<
  const P extends RpcParams | undefined = undefined,
  R extends Schema | undefined = undefined,
  const E extends readonly RemoteErrorClass[] = readonly [],
>(
  declaration: RpcDeclaration<P, R, E>,
): EntrypointDecorator<(...args: CheckedArguments<P>) => Awaitable<ReturnedValue<R>>>;
export function rpc(
  first?: AnyMethod | Contract | RpcDeclaration,
  second?: PublicMethodContext | RpcEntrypointOptions,
): unknown {
  if (typeof first === 'function') return declareRpc(undefined, {})(first, second as PublicMethodContext);
  if (isContract(first)) return declareContractRpc(first, second as RpcEntrypointOptions | undefined);
  const { params, returns, throws, idempotent, ...options } = first ?? {};
  const definition: RpcDefinition = {
    ...(params === undefined ? {} : { params }),
    ...(returns === undefined ? {} : { returns }),
    ...(throws === undefined ? {} : { throws }),
    ...(idempotent === undefined ? {} : { idempotent }),
  };
  checkRpcDefinition('@rpc', definition);
  return declareRpc(Object.keys(definition).length ? definition : undefined, options);
}

function declareRpc(definition: RpcDefinition | undefined, options: RpcEntrypointOptions): EntrypointDecorator {
  return declareEntrypoint('rpc', () => new RpcEntrypoint(definition, options));
}

function declareContractRpc(contract: Contract, options: RpcEntrypointOptions = {}): ContractRpcDecorator<Contract> {
  return (target, context) => declareRpc(contract.rpcs[context.name], options)(target, context);
}
