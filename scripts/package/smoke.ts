import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FreshVhost, freshVhost } from '../../tests/support/rabbit.ts';
import { runOrThrow } from '../run-command.ts';
import { rabbitmq } from '../test-rings/rabbitmq.ts';
import type { Consumer } from './consumer.ts';

const root = dirname(dirname(import.meta.dirname));
const readyLimitMs = 60_000;
const stopLimitMs = 30_000;

/** Compiles the consumer's service, and the types of every door, with this repository's compiler. */
export async function checkTypes({ folder }: Consumer): Promise<void> {
  await runOrThrow(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
}

/** Imports every door from plain JavaScript; a door that gives no name fails. */
export async function checkImports({ folder, doors }: Consumer, node: string): Promise<void> {
  const lines = doors.map(
    (door) => `if (Object.keys(await import('${door}')).length === 0) throw new Error('${door} exports nothing');`,
  );
  await runOrThrow(node, ['--input-type=module', '--eval', lines.join('\n')], { cwd: folder });
}

/** Asks the installed command for its version. */
export async function checkCommand(consumer: Consumer, node: string): Promise<void> {
  const output = await runOrThrow(node, [commandOf(consumer), '--version'], { cwd: consumer.folder });
  if (!output.includes(consumer.version)) {
    throw new Error(`mycel --version said ${JSON.stringify(output)}, and the package is ${consumer.version}`);
  }
}

/**
 * Runs the TypeScript service with the installed command until it consumes calls, then stops it: exit code 0 is wanted.
 * Gives `false` where there is no RabbitMQ to run it on.
 */
export async function checkRun(consumer: Consumer, node: string): Promise<boolean> {
  await using server = await rabbitmq.find();
  if (server === undefined) return false;
  await using rabbit = await freshVhost({
    uri: server.uri,
    managementUri: server.environment?.['RABBITMQ_MANAGEMENT_URI'],
  });
  await runUntilReady(consumer, node, rabbit);
  return true;
}

async function runUntilReady(consumer: Consumer, node: string, rabbit: FreshVhost): Promise<void> {
  writeFileSync(join(consumer.folder, 'config.yaml'), `amqp:\n  uri: ${JSON.stringify(rabbit.uri)}\n`);
  const args = [commandOf(consumer), 'run', '--config', 'config.yaml', 'service.ts'];
  const service = spawn(node, args, { cwd: consumer.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [service.stdout, service.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = once(service, 'close');
  const kill = setTimeout(() => service.kill('SIGKILL'), readyLimitMs + stopLimitMs);
  try {
    for (const limit = Date.now() + readyLimitMs; !(await consumes(rabbit, 'rpc-smoke_service')); await delay(100)) {
      if (service.exitCode !== null) throw new Error(`mycel run ended with exit code ${service.exitCode}:\n${output}`);
      if (Date.now() > limit)
        throw new Error(`mycel run consumed no calls within ${readyLimitMs / 1000} s:\n${output}`);
    }
    service.kill('SIGTERM');
    const [exitCode] = await ended;
    if (exitCode !== 0) throw new Error(`mycel run ended with exit code ${exitCode} after SIGTERM:\n${output}`);
  } finally {
    clearTimeout(kill);
    service.kill('SIGKILL');
  }
}

async function consumes(rabbit: FreshVhost, queue: string): Promise<boolean> {
  return rabbit.consumers(queue).then(
    (count) => count > 0,
    () => false,
  );
}

function commandOf({ folder }: Consumer): string {
  const command = join(folder, 'node_modules/.bin/mycel');
  if (!existsSync(command)) throw new Error('the package installs no command `mycel`');
  return command;
}
