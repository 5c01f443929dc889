import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from './run-command.ts';

const root = dirname(import.meta.dirname);

// A contract is published as a package of its own: every type in its declarations must have a name at a door of Mycel.
test('a package of contracts and services can emit its declarations', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mycel-declarations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['shop-contract.ts', 'shop-services.ts']) {
    await copyFile(join(root, 'tests', 'support', name), join(folder, name));
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = {
    declaration: true,
    emitDeclarationOnly: true,
    outDir: 'out',
    customConditions: ['@mycel/source'],
  };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files: ['shop-services.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { output } = await runCommand(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder], { cwd: root });
  expect(output).toBe('');
});
