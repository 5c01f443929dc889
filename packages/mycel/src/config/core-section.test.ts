import { expect, test } from 'vitest';
import { coreSection, ignoredKeys } from './core-section.ts';
import { loadConfig } from './load-config.ts';

const load = async (values: Record<string, unknown>) =>
  (await loadConfig({ values, environment: {} })).section(coreSection);

test('every option has its default', async () => {
  expect(await load({})).toEqual({
    parent_calls_tracked: 10,
    shutdown_grace: 30_000,
    log: { level: 'info', format: 'auto' },
  });
});

test('the number of workers is one number, or one for each service', async () => {
  expect((await load({ max_workers: 3 })).max_workers).toBe(3);
  expect((await load({ max_workers: { default: 10, math_service: 3 } })).max_workers).toEqual({
    default: 10,
    math_service: 3,
  });
});

test('top-level options are read from the environment too', async () => {
  const environment = { MYCEL_MAX_WORKERS: '{"default": 4}', MYCEL_LOG_LEVEL: 'debug', MYCEL_SHUTDOWN_GRACE: '5s' };
  expect((await loadConfig({ environment })).section(coreSection)).toMatchObject({
    max_workers: { default: 4 },
    log: { level: 'debug' },
    shutdown_grace: 5000,
  });
});

test("Nameko's keys without effect are accepted and named", async () => {
  expect(ignoredKeys(await load({ max_workers: 1 }))).toEqual([]);
  expect(ignoredKeys(await load({ LOGGING: { version: 1 }, ACCEPT: ['json'] }))).toEqual([
    expect.stringContaining('LOGGING') as string,
    expect.stringContaining('ACCEPT') as string,
  ]);
});
