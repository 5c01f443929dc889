import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs'] as const;

/** The extensions a path may leave out, in the order in which they are tried. */
export const moduleExtensions: readonly string[] = extensions;

/** Finds the file that a path without an extension, or the path of a folder, stands for. */
export function findFile(path: string): string | undefined {
  if (isFile(path)) return path;
  const typeScript = path.replace(/\.([cm]?)jsx?$/, '.$1ts');
  if (typeScript !== path && isFile(typeScript)) return typeScript;
  const candidate = extensions.map((extension) => path + extension).find(isFile);
  if (candidate) return candidate;
  return existsSync(path) ? packageEntry(path, '.') : undefined;
}

/** Finds a package's folder as Node does: in the `node_modules` of `from` and of every folder above. */
export function findPackage(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return folder;
  const above = dirname(from);
  return above === from ? undefined : findPackage(name, above);
}

/**
 * Finds the file that `import` of a package would load, by its `exports`, `main` or `index`. Node's own resolver takes no
 * starting folder for this, and `require.resolve` does not see what is for `import` only.
 */
export function packageEntry(folder: string, subpath: string): string | undefined {
  const description = readDescription(folder);
  if (description.exports !== undefined) {
    const target = exportTarget(description.exports, subpath);
    return target === undefined ? undefined : findFile(join(folder, target));
  }
  if (subpath !== '.') return findFile(join(folder, subpath));
  const main = [description.main, 'index'].filter((path) => typeof path === 'string' && path !== '' && path !== '.');
  for (const path of main) {
    const file = findFile(join(folder, String(path)));
    if (file) return file;
  }
  return undefined;
}

function readDescription(folder: string): { readonly exports?: unknown; readonly main?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
  } catch {
    return {}; // A folder without a readable package.json is a plain folder.
  }
}

function exportTarget(exports: unknown, subpath: string): string | undefined {
  if (typeof exports === 'object' && exports !== null && !Array.isArray(exports)) {
    const isByPath = Object.keys(exports).some((key) => key.startsWith('.'));
    if (isByPath) return conditionalTarget((exports as Record<string, unknown>)[subpath]);
  }
  return subpath === '.' ? conditionalTarget(exports) : undefined;
}

function conditionalTarget(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null) return undefined;
  if (Array.isArray(target)) return target.map(conditionalTarget).find((found) => found !== undefined);
  const conditions = activeConditions();
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.has(condition)) continue;
    const found = conditionalTarget(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What Node would pick in an import, with the conditions it was started with. */
function activeConditions(): Set<string> {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)].join(' ');
  const own = [...given.matchAll(/(?:--conditions|-C)[= ]?(\S+)/g)].map((match) => match[1] ?? '');
  return new Set(['node', 'import', 'module-sync', 'default', ...own]);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
