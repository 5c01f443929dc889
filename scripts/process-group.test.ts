import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixtureTree } from './fixture-tree.ts';
import { runProcessGroup } from './process-group.ts';

const options = { cwd: process.cwd(), env: process.env, limitMs: 30_000 };

/** A program that starts an endless loop beside itself, writes that one's pid to `file`, and waits for ever. */
const endless = (file: string): string => `
  const { spawn } = require('node:child_process');
  process.on('SIGTERM', () => {});
  const loop = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); for (;;) {}']);
  loop.on('spawn', () => require('node:fs').writeFileSync(${JSON.stringify(file)}, String(loop.pid)));
  setInterval(() => {}, 1000);`;

/** A killed process that nobody has waited for yet counts as dead. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

async function untilWritten(file: string): Promise<number> {
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), { timeout: 60_000 }).toMatch(/^\d+$/);
  return Number(readFileSync(file, 'utf8'));
}

test('the exit code of a command that ends by itself is given', async () => {
  expect(await runProcessGroup(process.execPath, ['-e', 'process.exit(3)'], options)).toEqual({
    exitCode: 3,
    cutOff: undefined,
  });
});

test('at its limit a command is killed, with what it started', async () => {
  using tree = fixtureTree({});
  const file = join(tree.root, 'pid');
  const result = await runProcessGroup(process.execPath, ['-e', endless(file)], { ...options, limitMs: 12_000 });
  expect(result).toEqual({ exitCode: null, cutOff: 'limit' });
  const pid = await untilWritten(file);
  await expect.poll(() => isAlive(pid)).toBe(false);
});

test('a signal is handed on, and what does not hear it is killed', async () => {
  using tree = fixtureTree({});
  const file = join(tree.root, 'pid');
  const ended = runProcessGroup(process.execPath, ['-e', endless(file)], options);
  const pid = await untilWritten(file);
  process.emit('SIGTERM', 'SIGTERM');
  expect(await ended).toEqual({ exitCode: null, cutOff: 'signal' });
  await expect.poll(() => isAlive(pid)).toBe(false);
});
