import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isThenable } from './awaitable.ts';

/** Any schema of any library that implements Standard Schema (https://standardschema.dev): zod, valibot, arktype, ... */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;

/** What goes into a schema: defaults still optional. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;

/** What comes out of a schema. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/** One thing that is wrong with a value, and where: `items[2].price`; the empty path is the value itself. */
export interface SchemaProblem {
  readonly path: string;
  readonly message: string;
}

/** The outcome of a validation: the value as the schema gives it back, or every problem. */
export type Validation<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly problems: readonly SchemaProblem[] };

/** Validates `value`. Returns at once if the schema is synchronous, which spares hot paths a turn. */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
  at = '',
): Validation<SchemaOutput<S>> | Promise<Validation<SchemaOutput<S>>> {
  const result = schema['~standard'].validate(value);
  if (isThenable(result)) return Promise.resolve(result).then((settled) => read(settled, at));
  return read(result, at);
}

function read<T>(result: StandardSchemaV1.Result<T>, at: string): Validation<T> {
  if (!result.issues) return { valid: true, value: result.value };
  return {
    valid: false,
    problems: result.issues.map(({ path, message }) => ({ path: joinPath(at, path ?? []), message })),
  };
}

/** Writes a path as JavaScript would: `joinPath('order', ['items', 2, 'a b'])` is `order.items[2]["a b"]`. */
export function joinPath(at: string, path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  let text = at;
  for (const segment of path) {
    const key = typeof segment === 'object' ? segment.key : segment;
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(key))) text += text ? `.${String(key)}` : String(key);
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}

/** Writes problems as one line: `items[2].price: expected number; name: required`. */
export function describeProblems(problems: readonly SchemaProblem[]): string {
  return problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}
