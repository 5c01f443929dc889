import { describe, expect, test } from 'vitest';
import { Steps } from '../../../../tests/support/steps.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { deferred } from '../foundation/deferred.ts';
import { UsageError } from '../foundation/errors.ts';
import { resourceKey, type ResourceKey } from '../foundation/resource-key.ts';
import { ResourceSet, type SharedResource } from './resources.ts';

forbidUnhandledRejections();

const bus = resourceKey<string>('transport');
const web = resourceKey<string>('web server');

function resource(
  key: ResourceKey<string>,
  steps: Steps,
  { open, close }: { readonly open?: () => Promise<void>; readonly close?: () => Promise<void> } = {},
): SharedResource<string> {
  return {
    key,
    open: async () => {
      steps.note(`open ${key.name}`);
      await open?.();
      return `the ${key.name}`;
    },
    close: async () => {
      steps.note(`close ${key.name}`);
      await close?.();
    },
  };
}

describe('a shared resource', () => {
  test('is opened by the first who asks, and once, however many ask', async () => {
    const steps = new Steps();
    const opened = deferred();
    const set = new ResourceSet([resource(bus, steps, { open: () => opened.promise }), resource(web, steps)]);
    expect(steps.taken).toEqual([]);
    const asked = [set.acquire(bus), set.acquire(bus)];
    opened.resolve();
    expect(await Promise.all([...asked, set.acquire(bus)])).toEqual(Array.from({ length: 3 }, () => 'the transport'));
    expect(steps.taken).toEqual(['open transport']);
  });

  test('is known by its key, not by the name of the key', async () => {
    const set = new ResourceSet([resource(bus, new Steps())]);
    await expect(set.acquire(resourceKey('transport'))).rejects.toThrow(UsageError);
  });

  test('that was not given is asked for in vain, with a hint', async () => {
    await expect(new ResourceSet().acquire(bus)).rejects.toThrow(
      "no 'transport' was given to the runner; pass one among its resources, or start the services with 'mycel run'",
    );
  });

  test('that cannot be opened fails all who asked with the same error, without another try', async () => {
    const steps = new Steps();
    const refused = new Error('connection refused');
    const set = new ResourceSet([resource(bus, steps, { open: async () => Promise.reject(refused) })]);
    const asked = await Promise.allSettled([set.acquire(bus), set.acquire(bus)]);
    expect(asked).toEqual(Array.from({ length: 2 }, () => ({ status: 'rejected', reason: refused })));
    await expect(set.acquire(bus)).rejects.toBe(refused);
    expect(steps.taken).toEqual(['open transport']);
  });

  test('given twice is a mistake', () => {
    const steps = new Steps();
    expect(() => new ResourceSet([resource(bus, steps), resource(bus, steps)])).toThrow("two resources 'transport'");
  });
});

describe('closing shared resources', () => {
  test('closes what was opened, last first, and what was not opened not at all', async () => {
    const steps = new Steps();
    const cache = resourceKey<string>('cache');
    const set = new ResourceSet([resource(web, steps), resource(bus, steps), resource(cache, steps)]);
    await set.acquire(bus);
    await set.acquire(web);
    await set.close();
    expect(steps.taken).toEqual(['open transport', 'open web server', 'close web server', 'close transport']);
  });

  test('twice is once', async () => {
    const steps = new Steps();
    const set = new ResourceSet([resource(bus, steps)]);
    await set.acquire(bus);
    await Promise.all([set.close(), set.close()]);
    expect(steps.taken).toEqual(['open transport', 'close transport']);
  });

  test('ends the time of asking', async () => {
    const steps = new Steps();
    const set = new ResourceSet([resource(bus, steps), resource(web, steps)]);
    await set.acquire(bus);
    await set.close();
    await expect(set.acquire(bus)).rejects.toThrow("'transport' was asked for after its runner had stopped");
    await expect(set.acquire(web)).rejects.toThrow(UsageError);
    expect(steps.has('open web server')).toBe(false);
  });

  test('interrupts an opening under way', async () => {
    const opening = deferred();
    const set = new ResourceSet([
      resource(bus, new Steps(), {
        open: () => opening.promise,
        close: async () => opening.reject(new Error('closed while it was opened')),
      }),
    ]);
    const asked = expect(set.acquire(bus)).rejects.toThrow('closed while it was opened');
    await set.close();
    await asked;
  });

  test('goes on past one that fails, and rejects with its error', async () => {
    const steps = new Steps();
    const failure = new Error('no goodbye');
    const set = new ResourceSet([
      resource(bus, steps),
      resource(web, steps, { close: async () => Promise.reject(failure) }),
    ]);
    await set.acquire(bus);
    await set.acquire(web);
    await expect(set.close()).rejects.toBe(failure);
    expect(steps.has('close transport')).toBe(true);
  });

  test('rejects with all errors if several fail', async () => {
    const close = async (): Promise<void> => Promise.reject(new Error('no goodbye'));
    const set = new ResourceSet([resource(bus, new Steps(), { close }), resource(web, new Steps(), { close })]);
    await set.acquire(bus);
    await set.acquire(web);
    await expect(set.close()).rejects.toMatchObject({ errors: [{ message: 'no goodbye' }, { message: 'no goodbye' }] });
  });
});
