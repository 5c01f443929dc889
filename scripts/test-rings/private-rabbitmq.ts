import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answersAmqp } from './amqp-probe.ts';
import { nodeEnvironment } from './node-environment.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import type { TestServer } from './test-server.ts';

const run = promisify(execFile);

const startLimitMs = 90_000;
const stopLimitMs = 20_000;

/** Names the folder with `rabbitmq-server` and `rabbitmqctl` of the RabbitMQ that private nodes are to be: another version, say. */
export const sbinVariable = 'MYCEL_TEST_RABBITMQ_SBIN';

/**
 * The RabbitMQ start script that the environment names or that is installed, or `undefined`. Debian's wrapper on the PATH insists
 * on its own user and folders, so the script behind it comes first. Throws when the one that is named is not there.
 */
export function installedServer(environment = process.env): string | undefined {
  const named = environment[sbinVariable];
  if (named) {
    const script = join(named, 'rabbitmq-server');
    if (!existsSync(script)) throw new Error(`${sbinVariable} is set, but there is no ${script}`);
    return script;
  }
  const onPath = (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'rabbitmq-server'));
  return ['/usr/lib/rabbitmq/bin/rabbitmq-server', ...onPath].find((file) => existsSync(file));
}

interface Ports {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** A RabbitMQ that nobody else uses, so that a test may do to it what it likes. */
export interface PrivateServer extends TestServer {
  /** Runs `rabbitmqctl` on it: `control('stop_app')`. */
  control(...args: readonly string[]): Promise<string>;
  /** Kills the node on the spot, as a power cut does. */
  crash(): Promise<void>;
  /** Starts it once more after a crash, with the data that it had; resolves when it answers. */
  startAgain(): Promise<void>;
}

/** Starts a RabbitMQ of our own on free ports, with its own folder, node name and port mapper; disposing it stops it. */
export async function startPrivateServer(script: string): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-rabbitmq-'));
  const [amqp = 0, management = 0, distribution = 0, epmd = 0] = await freePorts(4);
  const ports: Ports = { amqp, management, distribution, epmd };
  writeConfiguration(folder, ports);
  const mapper = spawn('epmd', ['-port', String(ports.epmd), '-address', '127.0.0.1'], { stdio: 'ignore' });
  mapper.on('error', () => {});
  const name = `mycel-${process.pid}@localhost`;
  const env = nodeEnvironment({ name, home: join(folder, 'home'), folder, ports });
  const start = (): ChildProcess => spawn(script, { env, stdio: 'ignore' });
  let server = start();
  const stop = async (): Promise<void> => {
    await stopServer(server, join(folder, 'pid'));
    mapper.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(server, ports);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin: `a private ${script}`,
    uri: `amqp://guest:guest@127.0.0.1:${ports.amqp}`,
    environment: { RABBITMQ_MANAGEMENT_URI: `http://guest:guest@127.0.0.1:${ports.management}` },
    control: async (...args) =>
      (await run(join(dirname(script), 'rabbitmqctl'), ['--quiet', ...args], { env, timeout: 180_000 })).stdout,
    crash: async () => crashServer(server, join(folder, 'pid')),
    startAgain: async () => {
      server = start();
      await untilReady(server, ports);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function writeConfiguration(folder: string, ports: Ports): void {
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'enabled_plugins'), '[rabbitmq_management].\n');
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${ports.management}`,
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
}

async function untilReady(server: ChildProcess, ports: Ports): Promise<void> {
  for (const limit = Date.now() + startLimitMs; Date.now() < limit; await delay(200)) {
    if (server.exitCode !== null)
      throw new Error(`a private RabbitMQ ended at once, with exit code ${server.exitCode}`);
    if (await answersAmqp('127.0.0.1', ports.amqp)) return;
  }
  throw new Error(`a private RabbitMQ did not answer on port ${ports.amqp} within ${startLimitMs / 1000} s`);
}

async function crashServer(server: ChildProcess, pidFile: string): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  await ended;
}

async function stopServer(server: ChildProcess, pidFile: string): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  const giveUp = AbortSignal.timeout(stopLimitMs);
  await Promise.race([ended, once(giveUp, 'abort')]);
  if (!giveUp.aborted) return;
  // The script above does not hand SIGKILL on to the node it started.
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  server.kill('SIGKILL');
}
