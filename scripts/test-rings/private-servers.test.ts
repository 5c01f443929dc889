import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { installedPostgres, postgres, startPrivatePostgres } from './postgres.ts';
import { installedRedis, redis, startPrivateRedis } from './redis.ts';
import { fixtureTree } from '../fixture-tree.ts';
import { startPrivateProcess } from './private-process.ts';
import { findServers, neededServers, serverEnvironment } from './servers.ts';
import type { TestServer } from './test-server.ts';

async function isOpen(uri: string): Promise<boolean> {
  const { hostname, port } = new URL(uri);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function expectToLiveAndEnd(server: TestServer): Promise<void> {
  expect(await isOpen(server.uri)).toBe(true);
  await server[Symbol.asyncDispose]();
  expect(await isOpen(server.uri)).toBe(false);
}

const redisServer = installedRedis();
const postgresPrograms = installedPostgres();

test.runIf(redisServer)('a private Redis answers, and is gone after its disposal', async () => {
  await expectToLiveAndEnd(await startPrivateRedis(redisServer ?? ''));
});

test.runIf(postgresPrograms)('a private PostgreSQL answers, and is gone after its disposal', async () => {
  await expectToLiveAndEnd(await startPrivatePostgres(postgresPrograms ?? ''));
});

test('a server that the environment names but that is not there is an error, not a reason to look elsewhere', async () => {
  await expect(redis.find({ REDIS_URL: 'redis://127.0.0.1:1' })).rejects.toThrow(/no Redis answers at 127.0.0.1:1/);
  const named = { POSTGRES_URL: 'postgres://127.0.0.1:1/test' };
  await expect(postgres.find(named)).rejects.toThrow(/no PostgreSQL answers at 127.0.0.1:1/);
});

test('nothing is installed where the PATH has nothing', () => {
  expect(installedRedis({ PATH: '/nowhere' })).toBeUndefined();
  expect(installedPostgres({ PATH: '/nowhere' }) === undefined || existsSync('/usr/lib/postgresql')).toBe(true);
});

test('a program that is not there, or ends at once, is an error', async () => {
  const answers = async (): Promise<boolean> => false;
  const ending = { command: process.execPath, args: ['-e', 'process.exit(3)'], answers };
  await expect(startPrivateProcess({ command: '/nowhere/server', args: [], answers })).rejects.toThrow(
    /not be started/,
  );
  await expect(startPrivateProcess(ending)).rejects.toThrow(/ended at once, with exit code 3/);
});

test('a ring needs a server if there are tests of that kind', () => {
  using without = fixtureTree({ 'packages/one/src/cache.test.ts': '' });
  expect(neededServers(['unit', 'redis', 'e2e'], without.root)).toEqual([]);
  using tree = fixtureTree({ 'packages/one/src/cache.redis.test.ts': '' });
  const { root } = tree;
  expect(neededServers(['unit'], root)).toEqual([]);
  expect(neededServers(['redis'], root)).toEqual([redis]);
  expect(neededServers(['e2e'], root)).toEqual([redis]);
});

test('tests are told where each server is, and of those that there are none', async () => {
  const server = {
    origin: 'x',
    uri: 'redis://here',
    environment: { MORE: '1' },
    [Symbol.asyncDispose]: async () => {},
  };
  const found = [
    { kind: redis, server },
    { kind: postgres, server: undefined },
  ];
  expect(serverEnvironment(found)).toEqual({ REDIS_URL: 'redis://here', MORE: '1', MYCEL_TEST_WITHOUT_POSTGRES: '1' });
});

test('a search that fails is told as a problem', async () => {
  const broken = { ...redis, find: async () => Promise.reject(new Error('not there')) };
  expect(await findServers([broken])).toEqual([{ kind: broken, server: undefined, problem: 'not there' }]);
});
