import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answersAmqp } from './amqp-probe.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import type { TestServer } from './test-server.ts';

const startLimitMs = 90_000;
const stopLimitMs = 20_000;

/**
 * The installed RabbitMQ start script, or `undefined`. Debian's wrapper on the PATH insists on its own user and folders,
 * so the script behind it comes first.
 */
export function installedServer(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'rabbitmq-server'));
  return ['/usr/lib/rabbitmq/bin/rabbitmq-server', ...onPath].find((file) => existsSync(file));
}

interface Ports {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** Starts a RabbitMQ of our own on free ports, with its own folder, node name and port mapper; disposing it stops it. */
export async function startPrivateServer(script: string): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-rabbitmq-'));
  const [amqp = 0, management = 0, distribution = 0, epmd = 0] = await freePorts(4);
  const ports: Ports = { amqp, management, distribution, epmd };
  writeConfiguration(folder, ports);
  const mapper = spawn('epmd', ['-port', String(ports.epmd), '-address', '127.0.0.1'], { stdio: 'ignore' });
  mapper.on('error', () => {});
  const server = spawn(script, { env: nodeEnvironment(folder, ports), stdio: 'ignore' });
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

function nodeEnvironment(folder: string, ports: Ports): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: `mycel-${process.pid}@localhost`,
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  };
}

async function untilReady(server: ChildProcess, ports: Ports): Promise<void> {
  for (const limit = Date.now() + startLimitMs; Date.now() < limit; await delay(200)) {
    if (server.exitCode !== null)
      throw new Error(`a private RabbitMQ ended at once, with exit code ${server.exitCode}`);
    if (await answersAmqp('127.0.0.1', ports.amqp)) return;
  }
  throw new Error(`a private RabbitMQ did not answer on port ${ports.amqp} within ${startLimitMs / 1000} s`);
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
