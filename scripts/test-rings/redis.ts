import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { answersWith } from './answers.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import { startPrivateProcess } from './private-process.ts';
import { borrowed, type ServerKind, type TestServer } from './test-server.ts';

/** Tells whether a Redis answers at this address; one that wants a password answers too. */
async function answersRedis(host: string, port: number): Promise<boolean> {
  const ping = Buffer.from('PING\r\n');
  if (await answersWith(host, port, ping, Buffer.from('+PONG'))) return true;
  return answersWith(host, port, ping, Buffer.from('-NOAUTH'));
}

/** Redis, for `*.redis.test.ts`: `REDIS_URL`, 127.0.0.1:6379, or an installed `redis-server`. */
export const redis: ServerKind = {
  name: 'redis',
  fileMark: 'redis',
  advice: 'no server at 127.0.0.1:6379 and none installed; start one or set REDIS_URL',
  variable: 'REDIS_URL',
  withoutVariable: 'MYCEL_TEST_WITHOUT_REDIS',
  async find(environment = process.env) {
    const named = environment['REDIS_URL'];
    if (named) {
      const { hostname, port } = new URL(named);
      if (await answersRedis(hostname, Number(port || 6379))) return borrowed(named, 'REDIS_URL');
      throw new Error(`REDIS_URL is set, but no Redis answers at ${hostname}:${port || 6379}: start it or unset it`);
    }
    if (await answersRedis('127.0.0.1', 6379)) return borrowed('redis://127.0.0.1:6379', '127.0.0.1:6379');
    const server = installedRedis(environment);
    return server === undefined ? undefined : startPrivateRedis(server);
  },
};

/** The installed server, or `undefined`. */
export function installedRedis(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'redis-server')).find((file) => existsSync(file));
}

/** Starts a Redis on a free port that keeps nothing on disk. */
export async function startPrivateRedis(command: string): Promise<TestServer> {
  const [port = 0] = await freePorts(1);
  const stop = await startPrivateProcess({
    command,
    args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    answers: async () => answersRedis('127.0.0.1', port),
  });
  return { uri: `redis://127.0.0.1:${port}`, origin: `a private ${command}`, [Symbol.asyncDispose]: stop };
}
