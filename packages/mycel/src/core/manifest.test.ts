import { expect, test } from 'vitest';
import { fired, FiredEntrypoint } from '../../../../tests/support/fired-entrypoint.ts';
import { notingDependency } from '../../../../tests/support/noting-dependency.ts';
import { Steps } from '../../../../tests/support/steps.ts';
import { z } from 'zod';
import { processIdentity } from '../foundation/process-identity.ts';
import { ServiceContainer } from './container.ts';
import { workerContext } from './context-dependencies.ts';
import { defineContract } from './contract.ts';
import { declareEntrypoint } from './declaration.ts';
import { manifestOf } from './manifest.ts';
import { defineService } from './service.ts';

test('a manifest says what a service exposes and consumes, in the order of the class', () => {
  class Listening extends FiredEntrypoint {
    override describe(): Record<string, unknown> {
      return { source: 'orders', method: 'a detail does not hide the method', kind: 'nor the kind' };
    }
  }
  class Shop {
    db = notingDependency('db', new Steps());
    context = workerContext();
    run(): void {}
    listen(): void {}
  }
  const listening = declareEntrypoint('fired', () => new Listening());
  const container = new ServiceContainer(defineService(Shop, 'shop', { run: fired, listen: listening }), {
    maxWorkers: 3,
  });
  const manifest = manifestOf(container);
  expect(manifest).toEqual({
    service: 'shop',
    instance: container.instanceId,
    ...processIdentity(),
    maxWorkers: 3,
    entrypoints: [
      { kind: 'fired', method: 'run' },
      { kind: 'fired', method: 'listen', source: 'orders' },
    ],
    dispatches: [],
    dependencies: [
      { field: 'db', kind: 'noting', name: 'db' },
      { field: 'context', kind: 'context' },
    ],
  });
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
});

test('a manifest lists the events of the contract, with their payloads where these can be described', () => {
  class Shop {}
  const contract = defineContract('shop', { events: { sold: z.object({ id: z.string() }), closed: z.date() } });
  const { dispatches } = manifestOf(new ServiceContainer(defineService(Shop, contract, {})));
  expect(dispatches).toEqual([
    { type: 'sold', payload: expect.objectContaining({ properties: { id: { type: 'string' } } }) },
    { type: 'closed' },
  ]);
});
