import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ServiceContainer } from '../core/container.ts';
import { buildDefinition } from '../core/service-definition.ts';
import { ServiceRunner } from '../core/runner.ts';
import { declareEntrypoint, declarationOf } from '../core/declaration.ts';
import { Entrypoint } from '../core/entrypoint.ts';
import { config, configSection } from './config-dependency.ts';
import { loadConfig } from './load-config.ts';

class Fired extends Entrypoint {
  override readonly kind = 'fired';
}
const declaration = declarationOf(declareEntrypoint('fired', () => new Fired()));
const shopSchema = z.object({ currency: z.string(), vat: z.number().default(19) });

class Shop {
  shop = config('shop', shopSchema);
  options(): unknown {
    return this.shop;
  }
}
const shop = buildDefinition(Shop, { name: 'shop', methods: [{ method: 'options', declaration }] });

async function fire(container: ServiceContainer): Promise<unknown> {
  const [entrypoint] = container.entrypoints;
  if (!entrypoint) throw new Error('no entrypoint');
  const outcome = await container.spawnWorker({ entrypoint, args: [] }).outcome;
  return outcome.ok ? outcome.value : outcome.error;
}

describe('config', () => {
  test('gives every worker the same frozen options, checked and with defaults', async () => {
    const loaded = await loadConfig({ values: { shop: { currency: 'EUR' } }, environment: {} });
    const container = new ServiceContainer(shop, { config: loaded });
    await container.start();
    const options = await fire(container);
    expect(options).toEqual({ currency: 'EUR', vat: 19 });
    expect(await fire(container)).toBe(options);
    expect(Object.isFrozen(options)).toBe(true);
    await container.stop();
  });

  test('fails the start of a service whose options are missing', async () => {
    const container = new ServiceContainer(shop, { config: await loadConfig({ environment: {} }) });
    await expect(container.start()).rejects.toThrow(/shop\.currency: required/);
  });

  test('makes its key known to the check for unknown keys', async () => {
    const loaded = await loadConfig({ values: { shop: { currency: 'EUR' }, shpo: {} }, environment: {} });
    await expect(new ServiceRunner([shop], { config: loaded }).start()).rejects.toThrow(/shpo: nothing .*'shop'/);
    const fine = await loadConfig({ values: { shop: { currency: 'EUR' } }, environment: {} });
    const runner = new ServiceRunner([shop], { config: fine });
    await runner.start();
    await runner.stop();
  });

  test('refuses keys that are no word', () => {
    expect(() => configSection({ key: 'a.b', description: '', schema: shopSchema })).toThrow(/cannot be the key/);
    expect(() => configSection({ key: '', description: '', schema: shopSchema })).toThrow(/cannot be the key/);
  });
});
