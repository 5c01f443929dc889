import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { Schema } from './schema.ts';

/** A JSON Schema (draft 2020-12), as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Describes what goes into a schema, or comes out of it, as JSON Schema. `undefined` if its library cannot
 * (https://standardschema.dev/json-schema), or if this schema has no such form: a date, a transform.
 */
export function jsonSchemaOf(schema: Schema, side: 'input' | 'output'): JsonSchema | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  try {
    return jsonSchema?.[side]({ target: 'draft-2020-12' });
  } catch {
    return undefined;
  }
}
