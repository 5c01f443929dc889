import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { config } from '../config/config-dependency.ts';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { defineService } from '../core/service.ts';
import { silentLogger, type Logger } from '../foundation/logger.ts';
import { transportKey, type Transport } from '../transport/transport.ts';
import { runServices } from './run-services.ts';

class Shop {
  shop = config('shop', z.object({ currency: z.string() }));
}
const shop = defineService(Shop, 'shop', {});

/** Asks for the transport, as rpcs and events do. */
class OnBus extends DependencyProvider<object> {
  override async setup(): Promise<void> {
    await this.host.resource(transportKey);
  }
  override getDependency(): object {
    return {};
  }
}
class Caller {
  bus = dependency(() => new OnBus());
}
const caller = defineService(Caller, 'caller', {});

function recordingTransport(): { calls: string[]; transport: Transport } {
  const calls: string[] = [];
  const transport = {
    name: 'recording',
    open: async () => void calls.push('open'),
    close: async () => void calls.push('close'),
  };
  // Nothing else of it is used here.
  return { calls, transport: transport as unknown as Transport };
}

test('starts services on the values of a program, and stops them when it is disposed', async () => {
  const { calls, transport } = recordingTransport();
  {
    await using runner = await runServices([shop, caller], {
      config: { shop: { currency: 'EUR' }, max_workers: { default: 4, shop: 2 } },
      logger: silentLogger,
      transport,
    });
    expect(runner.containers.map(({ state, maxWorkers }) => [state, maxWorkers])).toEqual([
      ['running', 2],
      ['running', 4],
    ]);
    expect(calls).toEqual(['open']);
  }
  expect(calls).toEqual(['open', 'close']);
});

test('reads a configuration file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'config.yaml'), 'shop: {currency: EUR}\nmax_workers: 3');
  const runner = await runServices([shop], { config: join(folder, 'config.yaml'), logger: silentLogger });
  expect(runner.containers[0]?.maxWorkers).toBe(3);
  await runner.stop();
});

test('rejects with all mistakes of the configuration, its top-level options included', async () => {
  const starting = runServices([shop], {
    config: { max_workers: 0, wbe: {}, web: { adress: 1 } },
    logger: silentLogger,
  });
  await expect(starting).rejects.toMatchObject({
    code: 'MYCEL_CONFIG',
    problems: [{ path: 'max_workers' }, { path: 'web.adress' }, { path: 'shop.currency' }, { path: 'wbe' }],
  });
});

test("warns of Nameko's keys that have no effect", async () => {
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (_fields, message) => void warnings.push(message),
    child: () => logger,
  };
  const runner = await runServices([shop], { config: { shop: { currency: 'EUR' }, LOGGING: {} }, logger });
  expect(warnings).toEqual([expect.stringContaining('LOGGING') as string]);
  await runner.stop();
});
