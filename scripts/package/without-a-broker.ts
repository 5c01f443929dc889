import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runOrThrow } from '../run-command.ts';
import { freePorts } from '../../tests/support/free-ports.ts';
import type { Consumer } from './consumer.ts';

const limitMs = 300_000;

/**
 * Runs the TypeScript service with the installed command where no broker is configured, calls it with `mycel call` and from
 * a piped `mycel shell`, then stops it: exit code 0 is wanted.
 */
export async function checkWithoutBroker({ folder }: Consumer, node: string): Promise<void> {
  const [port] = await freePorts(1);
  const env = { PATH: process.env['PATH'], HOME: folder, MYCEL_BROKER_PORT: String(port) };
  const command = join(folder, 'node_modules/.bin/mycel');
  const start = (...args: string[]): ChildProcess =>
    spawn(node, [command, ...args], { cwd: folder, env, stdio: 'pipe', timeout: limitMs, killSignal: 'SIGKILL' });
  const service = start('run', 'service.ts');
  const ended = once(service, 'close');
  try {
    await started(service);
    const called = await runOrThrow(node, [command, 'call', 'smoke_service.add', '1', '2'], { cwd: folder, env });
    expectText('mycel call', called, '3\n');
    const shell = start('shell');
    shell.stdin?.end('const sum: number = await n.rpc.smoke_service.add(2, 3);\nconsole.log(sum);\n');
    expectText('mycel shell', await outputOf(shell), '5\n');
    service.kill('SIGTERM');
    const [exitCode] = await ended;
    if (exitCode !== 0) throw new Error(`mycel run ended with exit code ${exitCode} after SIGTERM`);
  } finally {
    service.kill('SIGKILL');
  }
}

/** Resolves once the service says that it started; rejects with what it said if it ends instead. */
async function started({ stdout, stderr }: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [stdout, stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('started smoke_service')) resolve();
      });
    }
    stdout?.on('end', () => reject(new Error(`mycel run ended before it started:\n${output}`)));
  });
}

async function outputOf({ stdout, stderr }: ChildProcess): Promise<string> {
  const streams = [stdout, stderr].filter((stream) => stream !== null);
  return (await Promise.all(streams.map((stream) => text(stream)))).join('');
}

function expectText(what: string, actual: string, expected: string): void {
  if (actual !== expected)
    throw new Error(`${what} wrote ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}
