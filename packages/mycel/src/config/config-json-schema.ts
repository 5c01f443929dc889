import { z, type ZodType } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { shapeOf } from './schema-shape.ts';

/** A JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const variable = { $ref: '#/$defs/variable' } as const;

/**
 * Describes a configuration file with these sections as a JSON Schema (draft 2020-12), for editors. It admits what the file
 * may hold and no more: `${VAR}` wherever a value may stand, Nameko's names, `x-` keys. No option is required, since the
 * environment may set it. What only a schema's own code can judge is admitted.
 */
export function configJsonSchema(sections: Iterable<ConfigSection>): JsonSchema {
  const known = [...new Set(sections)];
  const { properties, $defs } = z.toJSONSchema(z.object(Object.fromEntries(topLevel(known))), {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => restoreDefault(zodSchema, jsonSchema),
  });
  const options = asOptions(properties ?? {});
  for (const { key, description } of known) {
    if (key) options[key] = asSection(options[key], description);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of Mycel',
    type: ['object', 'null'],
    properties: { ...options, ...aliases(known, options), $schema: { type: 'string' } },
    patternProperties: { '^x-': {} },
    additionalProperties: false,
    $defs: {
      ...$defs,
      variable: {
        type: 'string',
        pattern: '\\$\\{',
        description: 'Text with ${VAR} or ${VAR:default}, which environment variables replace.',
      },
    },
  };
}

/** Services may each have a section of the same key: a file has to please all of them. */
function topLevel(sections: readonly ConfigSection[]): Map<string, ZodType> {
  const schemas = new Map<string, ZodType>();
  const add = (key: string, schema: ZodType): void => {
    const other = schemas.get(key);
    schemas.set(key, other && other !== schema ? z.intersection(other, schema) : schema);
  };
  for (const { key, schema } of sections) {
    if (key) add(key, schema);
    else for (const [name, option] of shapeOf(schema)?.options ?? []) add(name, option);
  }
  return schemas;
}

/** Zod leaves out the default of an option that is transformed, as it need not be valid input. Where it is, it is worth telling. */
function restoreDefault(schema: z.core.$ZodTypes, json: Record<string, unknown>): void {
  const { def } = schema._zod;
  if (def.type !== 'default' || json['default'] !== undefined) return;
  const isPlain = ['string', 'number', 'boolean'].includes(typeof def.defaultValue);
  if (isPlain && z.safeParse(def.innerType, def.defaultValue).success) json['default'] = def.defaultValue;
}

function asOptions(properties: Readonly<Record<string, unknown>>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, asOption(schema as JsonSchema)]), // as zod writes them
  );
}

/** An option that is a map of options has those and no others; any other value may also be a variable. */
function asOption(schema: JsonSchema): JsonSchema {
  const { properties, allOf, required: _required, ...rest } = schema;
  if (typeof properties === 'object' && properties !== null) {
    return { additionalProperties: false, ...rest, properties: asOptions(properties as JsonSchema) };
  }
  if (Array.isArray(allOf)) return { ...rest, allOf: allOf.map(asOption) };
  return orVariable(schema);
}

function orVariable(schema: JsonSchema): JsonSchema {
  const { description, default: value, title, ...rest } = schema;
  const kept = Object.fromEntries(
    Object.entries({ title, description, default: value }).filter(([, v]) => v !== undefined),
  );
  const inner = withInnerVariables(rest);
  if (admitsAnyText(inner)) return { ...kept, ...inner };
  const isUnion = Array.isArray(inner['anyOf']) && Object.keys(inner).length === 1;
  return { ...kept, anyOf: [...(isUnion ? (inner['anyOf'] as JsonSchema[]) : [inner]), variable] };
}

/** What lists, maps and unions hold may be variables as well. */
function withInnerVariables(schema: JsonSchema): JsonSchema {
  const result: Record<string, unknown> = { ...schema };
  for (const key of ['items', 'additionalProperties']) {
    const inner = schema[key];
    if (typeof inner === 'object' && inner !== null) result[key] = orVariable(inner as JsonSchema);
  }
  for (const key of ['anyOf', 'oneOf', 'prefixItems']) {
    const inner = schema[key];
    if (!Array.isArray(inner)) continue;
    result[key] = inner.map(key === 'prefixItems' ? orVariable : withInnerVariables);
  }
  if (typeof schema['properties'] === 'object') {
    const properties = Object.entries(schema['properties'] as JsonSchema);
    result['properties'] = Object.fromEntries(
      properties.map(([name, inner]) => [name, orVariable(inner as JsonSchema)]),
    );
  }
  return result;
}

function admitsAnyText(schema: JsonSchema): boolean {
  const keys = Object.keys(schema);
  if (keys.length === 0) return true;
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf) && keys.length === 1) return anyOf.some(admitsAnyText);
  return keys.length === 1 && (type === 'string' || (Array.isArray(type) && type.includes('string')));
}

/** A section may have nothing behind its name, or be a variable that holds all of it. */
function asSection(schema: JsonSchema = {}, description: string): JsonSchema {
  const described = description ? { description, ...schema } : schema;
  return schema['type'] === 'object' ? { ...described, type: ['object', 'null'] } : described;
}

function aliases(
  sections: readonly ConfigSection[],
  options: Readonly<Record<string, JsonSchema>>,
): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  for (const { key, aliases = {} } of sections) {
    for (const [alias, option] of Object.entries(aliases)) {
      const path = [...(key ? [key] : []), ...option.split('.')];
      const description = `Nameko's name of ${path.join('.')}.`;
      found[alias] = { ...optionAt(options, path), description };
    }
  }
  return found;
}

function optionAt(options: Readonly<Record<string, JsonSchema>>, path: readonly string[]): JsonSchema | undefined {
  const [name = '', ...rest] = path;
  const schema = options[name];
  if (!schema || rest.length === 0) return schema;
  return optionAt((schema['properties'] ?? {}) as Record<string, JsonSchema>, rest);
}
