import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ConfigSection } from '../foundation/config-section.ts';
import { effectiveOptions } from './effective-options.ts';
import { loadConfig } from './load-config.ts';
import { describeOrigin } from './origin.ts';

const shop = {
  key: 'shop',
  description: '',
  schema: z.object({
    currency: z.string().default('EUR'),
    limits: z.record(z.string(), z.number()).default({}),
    days: z.array(z.string()).default([]),
    api_key: z.string().optional(),
    mirror: z.string().optional(),
    address: z
      .string()
      .transform((text) => ({ host: text.split(':')[0], port: BigInt(text.split(':')[1] ?? 0) }))
      .optional(),
    tls: z.object({ cert: z.string(), password: z.string() }).optional(),
  }),
} satisfies ConfigSection;

async function shown(
  values: Record<string, unknown>,
  define: string[] = [],
): Promise<Record<string, [unknown, string]>> {
  const config = await loadConfig({ values: { shop: values }, define, environment: {} });
  const options = effectiveOptions(config, shop).map(({ path, value, origin }): [string, [unknown, string]] => [
    path.join('.'),
    [value, origin ? describeOrigin(origin) : 'default'],
  ]);
  return Object.fromEntries(options);
}

const program = 'config given by the program';

test('options with a value are listed, and where they come from', async () => {
  expect(await shown({ days: ['mon'] }, ['shop.currency=CHF'])).toEqual({
    'shop.currency': ['CHF', '--define shop.currency'],
    'shop.days': [['mon'], program],
    'shop.limits': [{}, 'default'],
  });
});

test('each entry of a map has its own origin', async () => {
  expect(await shown({ limits: { a: 1 } }, ['shop.limits.b=2'])).toMatchObject({
    'shop.limits.a': [1, program],
    'shop.limits.b': [2, '--define shop.limits.b'],
  });
});

test('what a schema makes of one value has the origin of that value, and is shown even if JSON has no word for it', async () => {
  expect(await shown({ address: 'h:80' })).toMatchObject({
    'shop.address.host': ['h', program],
    'shop.address.port': ['80', program],
  });
});

test('secrets are masked: by their name, and in URIs', async () => {
  const uris = 'amqp://u:hunter2@a;amqp://u:hunter2@b';
  const options = await shown({ api_key: 'hunter2', mirror: uris, tls: { cert: 'c', password: 'hunter2' } });
  expect(options).toMatchObject({
    'shop.api_key': ['***', program],
    'shop.mirror': ['amqp://u:***@a;amqp://u:***@b', program],
    'shop.tls.password': ['***', program],
  });
  expect(JSON.stringify(options)).not.toContain('hunter2');
});
