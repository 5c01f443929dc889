import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { project, runMycel } from '../support/mycel-process.ts';

const root = join(import.meta.dirname, '../..');
const written = [
  '.dockerignore',
  '.gitignore',
  'Dockerfile',
  'README.md',
  'compose.yaml',
  'config.yaml',
  'package.json',
  'src/greeter.test.ts',
  'src/greeter.ts',
  'tsconfig.json',
];

interface Manifest {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Runs one of a project's scripts on the sources of Mycel, with the tools of this repository and no broker. */
async function runScript(folder: string, name: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', manifestIn(folder).scripts[name] ?? `no script ${name}`], {
    cwd: folder,
    env: {
      ...process.env,
      AMQP_URI: 'amqp://127.0.0.1:1',
      NODE_OPTIONS: '--conditions=@mycel/source',
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    },
  });
  return stdout;
}

/** What `npm install` would bring: Mycel itself comes with every test project. */
function install(folder: string): void {
  for (const name of Object.keys(manifestIn(folder).devDependencies)) {
    mkdirSync(join(folder, '../node_modules', name, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(folder, '../node_modules', name));
  }
}

describe('mycel init', () => {
  test('writes a project that passes its own tests without a broker', async () => {
    const outside = project({});
    const { code, stdout, stderr } = await runMycel(['init', 'My Shop'], outside);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain("\nNext:\n  cd 'My Shop'\n  npm install\n  npm test\n  npm run dev\n");
    const folder = join(outside, 'My Shop');
    install(folder);
    expect(await runScript(folder, 'test')).toMatch(/ pass [1-9]\d*\n[^]* fail 0\n/);
    const checked = await runMycel(['config', 'check', 'config.yaml', 'src/greeter.ts'], folder);
    expect(checked).toEqual({ code: 0, stdout: 'config.yaml: ok\n', stderr: '' });
  });

  test('names the package for its folder, and asks for the Mycel that wrote it', async () => {
    const outside = project({});
    await runMycel(['init', 'deep/greeter'], outside);
    const folder = join(outside, 'deep/greeter');
    const { version } = JSON.parse(readFileSync(join(root, 'packages/mycel/package.json'), 'utf8')) as {
      version: string;
    };
    expect(manifestIn(folder)).toMatchObject({ name: 'greeter', dependencies: { mycel: `^${version}` } });
    const create = manifestIn(join(root, 'packages/create-mycel'));
    expect(create).toMatchObject({ version, dependencies: { mycel: `^${version}` } });
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/^# greeter\n/);
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('node_modules/');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)).toSorted()).toEqual(
      written,
    );
  });

  test('asks for the tools that it is tested with here', () => {
    const { devDependencies } = manifestIn(join(root, 'packages/mycel/templates/project'));
    expect(manifestIn(root).devDependencies).toMatchObject(devDependencies);
    const { version } = createRequire(import.meta.url)('tsx/package.json') as { version: string };
    expect(devDependencies['tsx']).toMatch(new RegExp(`^\\^${version.split('.')[0]}\\.`));
  });

  test('writes beside files that are there', async () => {
    const folder = project({ 'notes.txt': 'mine', 'package.json': '{}' });
    mkdirSync(join(folder, 'new'));
    expect(await runMycel(['init', 'new'], folder)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('overwrites nothing: it names the files that are in the way, and writes none', async () => {
    const folder = project({ 'package.json': '{"mine": true}', src: 'a file where a folder would be' });
    const { code, stdout, stderr } = await runMycel(['init'], folder);
    expect([code, stdout]).toEqual([73, '']);
    expect(stderr).toMatch(/would be overwritten: .*package\.json.*src\/greeter\.ts.*; nothing was written/);
    expect(readdirSync(folder).toSorted()).toEqual(['node_modules', 'package.json', 'src']);
    expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{"mine": true}');
    expect(await runMycel(['init', 'package.json'], folder)).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('is a file, and a project is a folder') as string,
    });
  });
});
