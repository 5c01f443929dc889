import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { type Amount, generateServices, type Style } from './services.ts';

/**
 * Compiles a generated program against the sources of Mycel and returns how many types the compiler instantiated: a
 * count that is the same on every machine. Throws if it does not compile.
 */
export async function measureCompilation(root: string, style: Style, amount: Amount): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mycel-compile-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'src'));
    const files = generateServices(style, amount);
    await Promise.all([...files].map(([name, text]) => writeFile(join(folder, 'src', name), text)));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    // The framework is compiled along in every style, so that what differs between them is the services.
    await writeFile(join(folder, 'src', 'ground.ts'), "import 'mycel';\nimport 'zod';\n");
    const settings = { noEmit: true, customConditions: ['@mycel/source'] };
    const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions: settings, include: ['src'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    // One thread: several would count what they share once each.
    const options = ['-p', folder, '--extendedDiagnostics', '--singleThreaded'];
    const { exitCode, output } = await runCommand(tsc, options, { cwd: root });
    if (exitCode !== 0)
      throw new Error(`the services in the style '${style}' do not compile:\n${output.slice(0, 2000)}`);
    return readCount(output, 'Instantiations');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function readCount(output: string, name: string): number {
  const count = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(output)?.[1];
  if (count === undefined) throw new Error(`the compiler did not say '${name}':\n${output}`);
  return Number(count);
}
