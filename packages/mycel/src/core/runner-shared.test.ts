import { expect, test } from 'vitest';
import { fired } from '../../../../tests/support/fired-entrypoint.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { resourceKey } from '../foundation/resource-key.ts';
import { dependency } from './dependency.ts';
import { DependencyProvider } from './dependency-provider.ts';
import type { ResourceOwner, SharedResource } from './resources.ts';
import { ServiceRunner } from './runner.ts';
import { defineService } from './service.ts';

forbidUnhandledRejections();

const bus = resourceKey<string>('bus');

class OnBus extends DependencyProvider<void> {
  override async setup(): Promise<void> {
    await this.host.resource(bus);
  }
  override getDependency(): void {}
}

class Shop {
  bus = dependency(() => new OnBus());
  run(): void {}
}

function runnerOn(resource: Partial<SharedResource<string>>): ServiceRunner {
  const whole = { key: bus, open: async () => 'bus', close: async () => {}, ...resource };
  return new ServiceRunner([defineService(Shop, 'shop', { run: fired })], { resources: [whole] });
}

test('what a shared resource waits for is told while it opens, without passwords, and not any more', async () => {
  const gate = deferred<string>();
  const waitsFor = (): string => 'nobody answers at amqp://me:secret@host/';
  const runner = runnerOn({ open: () => gate.promise, waitsFor });
  const started = runner.start();
  const why = 'bus: nobody answers at amqp://me:***@host/';
  expect(runner.health.startup()).toMatchObject({ ok: false, reasons: expect.arrayContaining([why]) as string[] });
  expect(await runner.health.ready()).toMatchObject({ ok: false, reasons: expect.arrayContaining([why]) as string[] });
  expect(runner.health.live()).toMatchObject({ ok: true });
  gate.resolve('bus');
  await started;
  expect(await runner.health.ready()).toMatchObject({ ok: true, reasons: [] });
  await runner.stop();
});

test('a shared resource that cannot go on ends the services, and its error is what the runner ended with', async () => {
  let owner: ResourceOwner | undefined;
  const open = async (given: ResourceOwner): Promise<string> => {
    owner = given;
    return 'bus';
  };
  const runner = runnerOn({ open });
  await runner.start();
  owner?.fail?.(new Error('the broker stays away'));
  owner?.fail?.(new Error('again'));
  await expect(runner.wait()).rejects.toThrow('the broker stays away');
  expect(runner.state).toBe('ended');
});

test('a shared resource that fails while the services stop does not make their end a failure', async () => {
  let owner: ResourceOwner | undefined;
  const open = async (given: ResourceOwner): Promise<string> => {
    owner = given;
    return 'bus';
  };
  const runner = runnerOn({ open, close: async () => owner?.fail?.(new Error('too late to matter')) });
  await runner.start();
  const stopped = runner.stop();
  owner?.fail?.(new Error('too late'));
  await stopped;
  await expect(runner.wait()).resolves.toBeUndefined();
});
