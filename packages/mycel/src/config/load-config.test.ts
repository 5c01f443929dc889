import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load-config.ts';

const shop = { key: 'shop', description: '', schema: z.object({ currency: z.string(), vat: z.number().default(19) }) };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mycel-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('loadConfig', () => {
  test('lays file, environment, values and definitions over each other', async () => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'shop: {currency: "${CURRENCY}", vat: 7}');
    const config = await loadConfig({ file, environment: { CURRENCY: 'EUR' }, define: ['shop.vat=8'] });
    expect(config.section(shop)).toEqual({ currency: 'EUR', vat: 8 });
  });

  test('takes the values of a program in place of a file', async () => {
    const config = await loadConfig({ values: { shop: { currency: 'EUR' } }, environment: {} });
    expect(config.section(shop)).toEqual({ currency: 'EUR', vat: 19 });
    const wrong = await loadConfig({ values: { shop: { currency: 5 } }, environment: {} });
    expect(() => wrong.section(shop)).toThrow('config given by the program: shop.currency: expected string, got 5');
  });

  test('a value named without "=" on the command line is true', async () => {
    const flag = { key: 'flag', description: '', schema: z.object({ on: z.boolean() }) };
    expect((await loadConfig({ define: ['flag.on'], environment: {} })).section(flag)).toEqual({ on: true });
  });

  test('rejects for a file that is not there, and says where it looked', async () => {
    const loading = loadConfig({ file: join(folder, 'none.yaml') });
    await expect(loading).rejects.toThrow(/none\.yaml: no such file \(looked in /);
    await expect(loading).rejects.toBeInstanceOf(ConfigError);
  });

  test('rejects for a file that cannot be read, with every mistake in it', async () => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, 'a: 1\na: 2\nb: [');
    await expect(loadConfig({ file })).rejects.toMatchObject({ code: 'MYCEL_CONFIG', problems: { length: 2 } });
    await expect(loadConfig({ file: folder })).rejects.toThrow(/cannot be read/);
  });

  test.each(['=5', '.a=5', 'a..b=5', ''])('rejects the definition %j', async (definition) => {
    await expect(loadConfig({ define: [definition] })).rejects.toThrow(/expected KEY=VALUE/);
  });
});
