import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { builtInSections } from '../app/assembly.ts';
import type { ConfigSection } from '../foundation/config-section.ts';
import { configJsonSchema } from './config-json-schema.ts';
import { LayeredConfig } from './layered-config.ts';
import { readYaml } from './yaml-document.ts';

const shop = {
  key: 'shop',
  description: 'How the shop sells.',
  schema: z.object({
    currency: z.string().length(3),
    vat: z.number().default(19),
    days: z.array(z.enum(['mon', 'tue'])).default([]),
    stock: z.record(z.string(), z.int()).optional(),
    tls: z.object({ cert: z.string() }).optional(),
  }),
} satisfies ConfigSection;
const sections = [...builtInSections, shop];
const document = configJsonSchema(sections);
/** Zod reads JSON Schemas too, so what an editor would say can be asked here. */
const editor = z.fromJSONSchema(document);

/** What a start would say of the file, were everything set that is required. */
function isAccepted(text: string): boolean {
  const { root, problems } = readYaml(text, 'config.yaml', () => undefined);
  if (problems.length) return false;
  const environment = { MYCEL_SHOP_CURRENCY: 'EUR', MYCEL_SHOP_TLS_CERT: 'c' };
  const config = new LayeredConfig({ file: root, environment });
  return config.problemsOf(sections).length === 0 && config.strayKeys(sections).length === 0;
}

describe('the JSON Schema of a configuration', () => {
  test.each([
    '{}',
    '{"amqp": null}',
    '{"x-anchors": {"any": ["thing"]}, "$schema": "./config.schema.json"}',
    '{"AMQP_URI": "amqp://h/", "WEB_SERVER_ADDRESS": 8000, "rpc_exchange": "rpc"}',
    '{"LOGGING": {"version": 1}, "serializer": "json"}',
    '{"max_workers": 3, "shutdown_grace": 5000, "web": {"drain_timeout": "250ms"}}',
    '{"max_workers": {"default": 3, "shop": 1}}',
    '{"shop": {"vat": 7, "days": ["mon"], "stock": {"a": 1}}}',
    '{"shop": {"currency": "EUR", "tls": {"cert": "c"}}}',
  ])('admits %s, as a start does', (text) => {
    expect(editor.safeParse(JSON.parse(text)).error?.issues).toBeUndefined();
    expect(isAccepted(text)).toBe(true);
  });

  test.each([
    '{"amqpp": {}}',
    '{"amqp": {"url": "amqp://h/"}}',
    '{"amqp": {"topology": "rabbit"}}',
    '{"max_workers": 0}',
    '{"max_workers": {"default": 1.5}}',
    '{"shutdown_grace": "soon"}',
    '{"log": {"level": "loud"}}',
    '{"web": {"body_limit": true}}',
    '{"web": 5}',
    '{"shop": {"days": ["sun"]}}',
    '{"shop": {"stock": {"a": 1.5}}}',
    '{"shop": {"tls": {"crt": "c"}}}',
  ])('refuses %s, as a start does', (text) => {
    expect(editor.safeParse(JSON.parse(text)).success).toBe(false);
    expect(isAccepted(text)).toBe(false);
  });

  test.each([
    '{"max_workers": "${N}"}',
    '{"max_workers": {"default": "${N:3}"}}',
    '{"log": {"level": "${LEVEL}"}}',
    '{"rpc": {"timeout": "${T}s", "prefetch": "${P}"}}',
    '{"shop": {"days": "${DAYS}", "currency": "${CURRENCY}", "stock": {"a": "${A}"}}}',
    '{"shop": {"days": ["${DAY}"]}}',
  ])('admits variables where a value may stand: %s', (text) => {
    expect(editor.safeParse(JSON.parse(text)).error?.issues).toBeUndefined();
  });

  test('tells what an option is for and what it is without being set, durations too', () => {
    expect(document).toMatchObject({
      properties: {
        shutdown_grace: { default: 30_000, description: expect.stringContaining('running workers') as string },
        web: { properties: { address: { default: '0.0.0.0:8000' } } },
        shop: { description: 'How the shop sells.' },
        AMQP_URI: { description: "Nameko's name of amqp.uri." },
      },
    });
  });

  test('asks of a section that two services share what both want', () => {
    const limits = (schema: z.ZodType): ConfigSection => ({ key: 'limits', description: '', schema });
    const both = configJsonSchema([
      limits(z.object({ most: z.number().min(1) })),
      limits(z.object({ most: z.number().max(9) })),
    ]);
    const schema = z.fromJSONSchema(both);
    const admits = (most: number): boolean => schema.safeParse({ limits: { most } }).success;
    expect([0, 5, 10].map(admits)).toEqual([false, true, false]);
  });

  test('describes a schema that contains itself', () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree).optional();
      },
    });
    const nested = configJsonSchema([{ key: 'tree', description: '', schema: z.object({ root: tree }) }]);
    const schema = z.fromJSONSchema(nested);
    const leaf = (name: unknown) => ({ tree: { root: { name: 'a', children: [{ name }] } } });
    expect([leaf('b'), leaf(5)].map((value) => schema.safeParse(value).success)).toEqual([true, false]);
  });
});
