import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderDoor } from './door-surface.ts';

const folder = 'surface';

/** Renders the surface files of a package, one for each door in its `exports`: file name to text. */
export function renderSurface(packageFolder: string): Map<string, string> {
  const { name, exports }: { name: string; exports: Record<string, { types: string } | string> } = JSON.parse(
    readFileSync(join(packageFolder, 'package.json'), 'utf8'),
  );
  const surface = new Map<string, string>();
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue;
    const file = path === '.' ? `${name}.txt` : `${path.slice(2).replaceAll('/', '-')}.txt`;
    surface.set(file, renderDoor(`${name}${path.slice(1)}`, join(packageFolder, target.types)));
  }
  return surface;
}

/** Compares the checked-in surface files with the built doors; gives a diff for each that differs, is new or is left over. */
export function compareSurface(packageFolder: string): string[] {
  const rendered = renderSurface(packageFolder);
  const names = new Set([...rendered.keys(), ...checkedIn(packageFolder)]);
  return [...names].toSorted().flatMap((name) => {
    const file = join(packageFolder, folder, name);
    const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const after = rendered.get(name) ?? '';
    return before === after ? [] : [diff(name, before, after)];
  });
}

/** Writes the surface files, and removes those of doors that are gone. */
export function writeSurface(packageFolder: string): void {
  const rendered = renderSurface(packageFolder);
  mkdirSync(join(packageFolder, folder), { recursive: true });
  for (const [name, text] of rendered) writeFileSync(join(packageFolder, folder, name), text);
  for (const name of checkedIn(packageFolder)) if (!rendered.has(name)) rmSync(join(packageFolder, folder, name));
}

function checkedIn(packageFolder: string): string[] {
  const path = join(packageFolder, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.txt')) : [];
}

function diff(name: string, before: string, after: string): string {
  const temporary = mkdtempSync(join(tmpdir(), 'mycel-surface-'));
  try {
    for (const [side, text] of Object.entries({ before, after })) {
      mkdirSync(join(temporary, side));
      writeFileSync(join(temporary, side, name), text);
    }
    const args = ['diff', '--no-index', '--no-prefix', '--no-color', '-U1', `before/${name}`, `after/${name}`];
    const { stdout } = spawnSync('git', args, { cwd: temporary, encoding: 'utf8' });
    return stdout.split('\n').slice(2).join('\n').trimEnd();
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
