import type { RpcDefinition, RpcParams } from '../core/rpc-definition.ts';
import { type JsonSchema, jsonSchemaOf } from '../foundation/json-schema.ts';
import type { Schema } from '../foundation/schema.ts';
import type { Parameter } from './parameter-names.ts';

/** One parameter of an rpc, as its manifest shows it. */
export interface ParameterDescription {
  /** `null` where there is none to read: a destructured parameter, minified code. */
  readonly name: string | null;
  readonly optional?: true;
  readonly rest?: true;
  /** What its argument must be, if the schema's library can tell. */
  readonly schema?: JsonSchema;
}

/** What the manifest says of an rpc besides its name, for those who call it by that alone. */
export interface RpcDescription {
  /** Absent if nothing is known of them. */
  readonly params?: readonly ParameterDescription[];
  /** Its one parameter is an object, whose members are the named arguments of a call. */
  readonly takesObject?: true;
  readonly returns?: JsonSchema;
  /** The codes of the errors that are part of its answer. */
  readonly throws?: readonly string[];
  /** A call may be repeated when nobody knows whether it ran. */
  readonly idempotent?: true;
}

/** Describes an rpc by its schemas, and by the parameters that its source text names. */
export function describeRpc(
  { params, returns, throws = [], idempotent }: RpcDefinition,
  parameters: readonly Parameter[] | undefined,
): RpcDescription {
  const result = returns && jsonSchemaOf(returns, 'output');
  return {
    ...describeParams(params, parameters),
    ...(result ? { returns: result } : {}),
    ...(throws.length ? { throws: throws.map(({ code }) => code) } : {}),
    ...(idempotent ? { idempotent } : {}),
  };
}

function describeParams(
  params: RpcParams | undefined,
  parameters: readonly Parameter[] | undefined,
): Pick<RpcDescription, 'params' | 'takesObject'> {
  if (params === undefined) return parameters ? { params: parameters.map((parameter) => describeOne(parameter)) } : {};
  // The type of `params` is a list of schemas or one schema.
  if (!Array.isArray(params)) return { params: [describeOne(undefined, params as Schema)], takesObject: true };
  const schemas = params as readonly Schema[];
  return { params: schemas.map((schema, index) => describeOne(parameters?.[index], schema)) };
}

function describeOne(parameter: Parameter | undefined, schema?: Schema): ParameterDescription {
  const described = schema && jsonSchemaOf(schema, 'input');
  return {
    name: parameter?.name ?? null,
    ...(parameter?.optional ? { optional: true } : {}),
    ...(parameter?.rest ? { rest: true } : {}),
    ...(described ? { schema: described } : {}),
  };
}
