import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RestartableBroker } from './restartable-broker.ts';

/** Debian's Python, or the one of the path, if it has that module; or `undefined`. In CI there has to be one. */
export function pythonWith(module: string, debianPackage: string): string | undefined {
  const found = ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', `import ${module}`]).status === 0,
  );
  if (!found && process.env['CI'] === 'true')
    throw new Error(`no python3 with ${module}: apt-get install ${debianPackage}`);
  return found;
}

/**
 * Runs a program of this folder on the broker, to its end, and gives what it found out: the fields of the JSON objects that it
 * prints, one a line. Where it prints `{"restart": true}` the broker is restarted, and it is told by a line when that is done.
 */
export async function runPython(
  python: string,
  program: string,
  broker: RestartableBroker,
): Promise<Readonly<Record<string, unknown>>> {
  const child = spawn(python, [join(import.meta.dirname, program), broker.uri], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const found: Record<string, unknown> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    // The programs print nothing but objects.
    const fields = JSON.parse(line) as Record<string, unknown>;
    if (fields['restart'] === true) {
      await broker.restart();
      child.stdin.write('restarted\n');
    } else Object.assign(found, fields);
  }
  const [status] = await ended;
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${complaint}`);
  return found;
}
