import type { ZodType } from 'zod';

/** The options a schema knows by name. */
export interface SchemaShape {
  readonly options: ReadonlyMap<string, ZodType>;
  /** Other names are allowed too. */
  readonly isOpen: boolean;
}

/** The parts of zod's schema definitions that are read here (zod documents them for library authors as `_zod.def`). */
interface SchemaDefinition {
  readonly type: string;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
  readonly left?: ZodType;
  readonly right?: ZodType;
  readonly shape?: Readonly<Record<string, ZodType>>;
  readonly catchall?: ZodType;
  readonly getter?: () => ZodType;
}

/** Finds the options of a schema that is an object behind defaults, `optional()` and the like; otherwise `undefined`. */
export function shapeOf(schema: ZodType): SchemaShape | undefined {
  // Wide enough for every kind of schema: each field is looked at only where its kind has it.
  const definition = schema._zod.def as SchemaDefinition;
  const inner = definition.innerType ?? definition.in ?? definition.getter?.();
  if (inner) return shapeOf(inner);
  if (definition.shape) {
    const catchall = definition.catchall?._zod.def.type;
    return {
      options: new Map(Object.entries(definition.shape)),
      isOpen: catchall !== undefined && catchall !== 'never',
    };
  }
  if (definition.left && definition.right) {
    const [left, right] = [shapeOf(definition.left), shapeOf(definition.right)];
    if (!left || !right) return undefined;
    return { options: new Map([...left.options, ...right.options]), isOpen: left.isOpen || right.isOpen };
  }
  return undefined;
}

/** Lists the paths of all options, those of maps inside first by their own path and then by what they hold. */
export function* optionPaths(schema: ZodType, path: readonly string[] = []): Iterable<readonly string[]> {
  for (const [name, option] of shapeOf(schema)?.options ?? []) {
    yield [...path, name];
    yield* optionPaths(option, [...path, name]);
  }
}
