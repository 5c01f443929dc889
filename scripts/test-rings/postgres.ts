import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { answersWith } from './answers.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import { startPrivateProcess } from './private-process.ts';
import { borrowed, type ServerKind, type TestServer } from './test-server.ts';

/** Asks whether TLS may be spoken, which every PostgreSQL answers with one letter: protocol 3.0, `SSLRequest`. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

async function answersPostgres(host: string, port: number): Promise<boolean> {
  const answers = await Promise.all(
    ['S', 'N'].map(async (letter) => answersWith(host, port, sslRequest, Buffer.from(letter))),
  );
  return answers.includes(true);
}

/** PostgreSQL, for `*.postgres.test.ts`: `POSTGRES_URL`, 127.0.0.1:5432, or installed programs. */
export const postgres: ServerKind = {
  name: 'postgres',
  fileMark: 'postgres',
  advice: 'no server at 127.0.0.1:5432 and none installed; start one or set POSTGRES_URL',
  variable: 'POSTGRES_URL',
  withoutVariable: 'MYCEL_TEST_WITHOUT_POSTGRES',
  async find(environment = process.env) {
    const named = environment['POSTGRES_URL'];
    if (named) {
      const { hostname, port } = new URL(named);
      if (await answersPostgres(hostname, Number(port || 5432))) return borrowed(named, 'POSTGRES_URL');
      const at = `${hostname}:${port || 5432}`;
      throw new Error(`POSTGRES_URL is set, but no PostgreSQL answers at ${at}: start it or unset it`);
    }
    if (await answersPostgres('127.0.0.1', 5432)) {
      return borrowed('postgres://postgres@127.0.0.1:5432/postgres', '127.0.0.1:5432');
    }
    const programs = installedPostgres(environment);
    return programs === undefined ? undefined : startPrivatePostgres(programs);
  },
};

/** The folder of `initdb` and `postgres`, or `undefined`. Debian keeps them off the PATH, in a folder for each version. */
export function installedPostgres(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(environment['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** Starts a PostgreSQL on a free port, with a folder of its own that goes with it. */
export async function startPrivatePostgres(programs: string): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-postgres-'));
  const data = join(folder, 'data');
  const [port = 0] = await freePorts(1);
  const user = process.getuid?.() === 0 ? userNamed('postgres') : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const initdb = ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync'];
    execFileSync(join(programs, 'initdb'), initdb, { ...user, stdio: 'ignore' });
    const stop = await startPrivateProcess({
      command: join(programs, 'postgres'),
      args: ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-F'],
      user,
      stopSignal: 'SIGINT', // a fast shutdown, which does not wait for clients
      answers: async () => answersPostgres('127.0.0.1', port),
    });
    return {
      uri: `postgres://postgres@127.0.0.1:${port}/postgres`,
      origin: `a private ${join(programs, 'postgres')}`,
      async [Symbol.asyncDispose]() {
        await stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** PostgreSQL refuses to run as root. */
function userNamed(name: string): { uid: number; gid: number } {
  const id = (option: string): number => Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
