import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from './json-schema.ts';

const port = z.object({ port: z.int().default(80) });

test('a schema is described from both sides: a default may be left out of the input only', () => {
  expect(jsonSchemaOf(port, 'input')).toMatchObject({ type: 'object', properties: { port: { default: 80 } } });
  expect(jsonSchemaOf(port, 'input')).not.toHaveProperty('required');
  expect(jsonSchemaOf(port, 'output')).toMatchObject({ required: ['port'] });
});

test('what has no form in JSON Schema is not described', () => {
  expect(jsonSchemaOf(z.date(), 'input')).toBeUndefined();
});

test('a library that does not describe its schemas is no error', () => {
  const schema = { '~standard': { version: 1, vendor: 'mine', validate: (value: unknown) => ({ value }) } } as const;
  expect(jsonSchemaOf(schema, 'input')).toBeUndefined();
});
