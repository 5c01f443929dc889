import { isContract, type Contract } from '../core/contract.ts';
import type { RemoteErrorClass } from '../core/remote-error.ts';
import { definitionOf, type ServiceClass, type ServiceDefinition } from '../core/service-definition.ts';
import { UsageError } from '../foundation/errors.ts';

/** What names a service that is to be called: its contract, its name, its class, or what `defineService` made. */
export type CallableService = Contract | string | ServiceClass | ServiceDefinition;

/** A service that is to be called, and what is known of it. */
export interface RpcTarget {
  readonly service: string;
  readonly contract: Contract | undefined;
  /** The errors the contract declares, by code: with these classes answers are revived. */
  readonly declared: ReadonlyMap<string, RemoteErrorClass> | undefined;
}

/** Reads what names a service. Throws a `UsageError` for what does not. */
export function rpcTarget(service: CallableService): RpcTarget {
  if (typeof service === 'string') {
    if (!service) throw new UsageError("rpcProxy(''): the name of the service is missing");
    return { service, contract: undefined, declared: undefined };
  }
  if (isContract(service)) return contractTarget(service.name, service);
  const { name, contract } = definitionOf(service);
  return contract ? contractTarget(name, contract) : { service: name, contract: undefined, declared: undefined };
}

function contractTarget(service: string, contract: Contract): RpcTarget {
  const declared = new Map<string, RemoteErrorClass>();
  for (const { throws = [] } of Object.values(contract.rpcs)) {
    for (const errorClass of throws) declared.set(errorClass.code, errorClass);
  }
  return { service, contract, declared };
}
