import { builtinModules } from 'node:module';
import { basename } from 'node:path';

/** npm's longest name. */
const mostLetters = 214;

/** Names that npm refuses, or under which a package could not install or import what it needs. */
const taken = new Set(['node_modules', 'favicon.ico', 'mycel', 'tsx', 'typescript', ...builtinModules]);

/** Makes a package's name that npm accepts from the name of its folder: `My Shop` becomes `my-shop`. */
export function projectName(folder: string): string {
  const plain = basename(folder).normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const name = plain
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[._-]+|[.-]+$/g, '')
    .slice(0, mostLetters);
  if (!name) return 'my-service';
  return taken.has(name) ? `${name}-service` : name;
}
