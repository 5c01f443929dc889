import { z } from 'zod';
import { InvalidPayloadError } from '../events/event-errors.ts';
import { joinPath, type SchemaProblem } from '../foundation/schema.ts';
import { IncorrectSignatureError, invalidArguments } from '../rpc/rpc-errors.ts';
import type { CallArguments } from '../transport/rpc-transport.ts';
import type { KnownEntry, KnownParameter } from './known-service.ts';
import type { ServiceListing } from './service-listing.ts';

/**
 * Turns what was written behind a method into the arguments of a call (why: docs/decisions/0010). A single plain object
 * is keyword arguments if each of its keys names a parameter, if the method takes one object, or if nothing is known of
 * the method (`rpc` is undefined) and its keys could be names. All else is positional.
 */
export function readArguments(rpc: KnownEntry | undefined, values: readonly unknown[]): CallArguments {
  const [only] = values;
  return values.length === 1 && isPlainObject(only) && isKeywords(rpc, only)
    ? { args: [], kwargs: only }
    : { args: values, kwargs: {} };
}

function isKeywords(rpc: KnownEntry | undefined, object: Record<string, unknown>): boolean {
  if (rpc?.takesObject) return true;
  const keys = Object.keys(object);
  if (keys.length === 0) return false;
  if (!rpc?.params) return keys.every((key) => /^[\p{L}_]\w*$/u.test(key));
  const parameters = rpc.params;
  return keys.every((key) => indexOfName(parameters, key) >= 0);
}

/**
 * Checks arguments against what is known of a method, `path` being `service.method`. Throws an `IncorrectSignatureError` for
 * their number and names, an `InvalidArgumentsError` for their values: what the callee would answer, without a call.
 */
export function checkArguments(path: string, rpc: KnownEntry, { args, kwargs }: CallArguments): void {
  const { params, takesObject } = rpc;
  if (!params) return;
  const schemas = params.map(({ schema }) => schema);
  const problems = takesObject
    ? problemsOf('', schemas[0], args.length > 0 ? args[0] : kwargs)
    : bind(path, rpc, params, { args, kwargs }).flatMap(({ name, value }, index) =>
        problemsOf(name, schemas[index], value),
      );
  if (problems.length > 0) throw invalidArguments(path, problems);
}

/** Checks the payload of an event against the contract of its service. Throws an `InvalidPayloadError`. */
export function checkPayload(
  listing: ServiceListing,
  { source, type, payload }: { readonly source: string; readonly type: string; readonly payload: unknown },
): void {
  const problems = problemsOf('', listing.payloadOf(source, type), payload);
  if (problems.length > 0) throw new InvalidPayloadError(source, type, problems);
}

interface BoundArgument {
  readonly name: string;
  readonly value: unknown;
}

/** Puts arguments in the order of the parameters. Those left out are `undefined`. */
function bind(
  path: string,
  rpc: KnownEntry,
  params: readonly KnownParameter[],
  { args, kwargs }: CallArguments,
): BoundArgument[] {
  const refuse = (what: string): IncorrectSignatureError =>
    new IncorrectSignatureError(`${path} ${what}; it takes ${rpc.parameters ?? 'other ones'}`, undefined);
  const names = Object.keys(kwargs);
  const hasRest = params.at(-1)?.rest ?? false;
  if (args.length > params.length && !hasRest)
    throw refuse(`takes ${params.length} argument${params.length === 1 ? '' : 's'}, not ${args.length}`);
  // A method of one parameter that none of the names means takes them as one object.
  if (
    names.length > 0 &&
    args.length === 0 &&
    params.length === 1 &&
    names.every((name) => indexOfName(params, name) < 0)
  )
    return [{ name: params[0]?.name ?? '', value: kwargs }];
  const bound = params.map(({ name }, index) => ({ name: name ?? `args[${index}]`, value: args[index] }));
  for (const name of names) {
    const index = indexOfName(params, name);
    if (index < 0) throw refuse(`has no parameter '${name}'`);
    if (index < args.length) throw refuse(`got '${name}' by position and by name`);
    bound[index] = { name, value: kwargs[name] };
  }
  const missing = bound.find(({ value }, index) => value === undefined && isRequired(params[index]));
  if (missing) throw refuse(`needs an argument '${missing.name}'`);
  return bound;
}

/** Where there is a schema, it says whether an argument may be left out. */
function isRequired(parameter: KnownParameter | undefined): boolean {
  return parameter !== undefined && !parameter.optional && !parameter.rest && parameter.schema === undefined;
}

/** Of an argument that was left out nothing is said: JSON Schema cannot tell whether it may be. */
function problemsOf(name: string, schema: KnownParameter['schema'], value: unknown): SchemaProblem[] {
  if (schema === undefined || value === undefined) return [];
  const issues = fromJsonSchema(schema)?.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ path: joinPath(name, path), message }));
}

function fromJsonSchema(schema: Readonly<Record<string, unknown>>): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return undefined; // A keyword that zod does not know: the callee judges.
  }
}

/** As the callee finds it: esbuild renames a parameter that shadows a name of its module (`order` becomes `order2`). */
function indexOfName(params: readonly KnownParameter[], name: string): number {
  const exact = params.findIndex((parameter) => parameter.name === name);
  if (exact >= 0) return exact;
  return params.findIndex(
    (parameter) => parameter.name?.startsWith(name) && /^\d+$/.test(parameter.name.slice(name.length)),
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
