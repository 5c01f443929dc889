import { isThenable } from '../foundation/awaitable.ts';
import { joinPath, type Schema, type SchemaProblem, type Validation, validate } from '../foundation/schema.ts';
import type { RpcParams } from '../core/rpc-definition.ts';

/** The arguments as the schemas give them back, or every problem. */
export type CheckedValues = Validation<readonly unknown[]>;

/**
 * Checks arguments against the schemas of an rpc. Returns at once if every schema is synchronous.
 * `nameAt` names an argument in the problems' paths.
 */
export function checkArguments(
  params: RpcParams,
  args: readonly unknown[],
  nameAt: (index: number) => string,
): CheckedValues | Promise<CheckedValues> {
  if (!Array.isArray(params)) {
    // The one schema of an rpc whose argument is an object: its members are the names a caller knows.
    const checked = validate(params as Schema, args[0]);
    return isThenable(checked) ? checked.then(asOnlyArgument) : asOnlyArgument(checked);
  }
  const schemas = params as readonly Schema[];
  const settled: Validation<unknown>[] = [];
  for (let index = 0; index < schemas.length; index++) {
    const result = validate(schemas[index] as Schema, args[index]);
    if (isThenable(result)) {
      const rest = schemas.slice(index + 1).map(async (schema, i) => validate(schema, args[index + 1 + i]));
      const all = Promise.all([...settled.map(async (done) => done), result, ...rest]);
      return all.then((every) => collect(every, args.length, nameAt));
    }
    settled.push(result);
  }
  return collect(settled, args.length, nameAt);
}

function asOnlyArgument(checked: Validation<unknown>): CheckedValues {
  return checked.valid ? { valid: true, value: [checked.value] } : checked;
}

function collect(
  results: readonly Validation<unknown>[],
  given: number,
  nameAt: (index: number) => string,
): CheckedValues {
  const value: unknown[] = [];
  let problems: SchemaProblem[] | undefined;
  for (const [index, result] of results.entries()) {
    if (result.valid) value.push(result.value);
    else (problems ??= []).push(...result.problems.map((problem) => below(nameAt(index), problem)));
  }
  if (problems) return { valid: false, problems };
  // Left out and still nothing: the method's own default decides, as if no schema had looked.
  while (value.length > given && value.at(-1) === undefined) value.pop();
  return { valid: true, value };
}

function below(name: string, { path, message }: SchemaProblem): SchemaProblem {
  if (!path) return { path: name, message };
  return { path: path.startsWith('[') ? name + path : `${joinPath(name, [])}.${path}`, message };
}
