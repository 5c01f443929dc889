import { expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { defineService } from '../core/service.ts';
import { dependency } from '../core/dependency.ts';
import { DependencyProvider } from '../core/dependency-provider.ts';
import { ServiceRunner } from '../core/runner.ts';
import type { DiscoveryTransport } from './discovery-transport.ts';
import { transportKey, type Transport } from './transport.ts';
import { transportResource } from './transport-resource.ts';

class UsesTransport extends DependencyProvider<void> {
  override async setup(): Promise<void> {
    await this.host.resource(transportKey);
  }

  override getDependency(): void {}
}

class Shop {
  bus = dependency<void, void>(() => new UsesTransport());
  run(): void {}
}
class Desk {
  run(): void {}
}
const services = [defineService(Shop, 'shop', { run: fired }), defineService(Desk, 'desk', { run: fired })];

/** A transport of which only what is looked at here is there. */
function quietTransport(discovery?: Partial<DiscoveryTransport>): Transport {
  return { open: async () => {}, close: async () => {}, ...(discovery ? { discovery } : {}) } as Transport;
}

test('a transport in use answers for all services that run in the process, and only while they do', async () => {
  const told: (() => readonly object[])[] = [];
  const announce: DiscoveryTransport['announce'] = async (describe) => {
    told.push(describe);
    return { stop: async () => {}, close: async () => {} };
  };
  const runner = new ServiceRunner(services, { resources: [transportResource(quietTransport({ announce }))] });
  expect(told).toEqual([]);
  const starting = runner.start();
  await expect.poll(() => told.length).toBe(1);
  // Its own setup has not ended.
  expect(told[0]?.()).not.toContainEqual(expect.objectContaining({ service: 'shop' }));
  await starting;
  expect(told[0]?.()).toEqual([
    expect.objectContaining({ service: 'shop' }),
    expect.objectContaining({ service: 'desk' }),
  ]);
  await runner.stop();
  expect([told.length, told[0]?.()]).toEqual([1, []]);
});

test('a transport that cannot tell of services is used as it is', async () => {
  await using runner = new ServiceRunner(services, { resources: [transportResource(quietTransport())] });
  await runner.start();
});
