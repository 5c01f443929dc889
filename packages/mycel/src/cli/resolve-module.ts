import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '../foundation/nearest.ts';
import { ModuleNotFoundError } from './cli-errors.ts';
import { findFile, findPackage, moduleExtensions, packageEntry } from './package-entry.ts';

/** A module of the command line, found. */
export interface ModuleReference {
  /** As the user wrote it, without the name of an export. */
  readonly name: string;
  readonly file: string;
  /** The one export that is wanted; `undefined` for every service in it. */
  readonly exportName: string | undefined;
}

/**
 * Finds `MODULE` or `MODULE:Name`: a path (the extension may be left out; a folder stands for its package or `index`),
 * or the name of a package that can be imported from `cwd`. Throws a `ModuleNotFoundError` that names what is near.
 */
export function resolveModule(text: string, cwd: string): ModuleReference {
  const [, name = text, exportName] = /^(.+?[^:/\\]):([A-Za-z_$][\w$]*)$/.exec(text) ?? [];
  const path = name.startsWith('file:') ? fileURLToPath(name) : name;
  const isPath = isAbsolute(path) || /^\.{1,2}(?:[/\\]|$)/.test(path);
  const file = findFile(resolve(cwd, path)) ?? (isPath ? undefined : findInPackages(path, cwd));
  if (!file) throw new ModuleNotFoundError(`no module '${name}'${explain(path, cwd, isPath)}`);
  return { name, file, exportName };
}

function findInPackages(specifier: string, cwd: string): string | undefined {
  const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  const folder = name && findPackage(name, cwd);
  return folder ? packageEntry(folder, rest ? `.${rest}` : '.') : undefined;
}

function explain(path: string, cwd: string, isPath: boolean): string {
  const absolute = resolve(cwd, path);
  const guess = similar(absolute) ?? similar(resolve(cwd, asPath(path)));
  const hint = guess ? `; did you mean '${show(guess, cwd)}'?` : '';
  if (existsSync(absolute))
    return `: the folder ${show(absolute, cwd)} has no package.json that names a file, and no index file${hint}`;
  const places = isPath
    ? `${absolute} does not exist`
    : `neither a file in ${cwd} nor a package that can be imported from there`;
  return `: ${places}${hint}`;
}

/** Python's way to name a module, for those who come from there: `shop.services`, `shop/services.py`. */
function asPath(path: string): string {
  return path.endsWith('.py') ? path.slice(0, -'.py'.length) : path.replaceAll('.', '/');
}

/** Finds a module like the one that is missing: the same in another spelling, or one beside it with a similar name. */
function similar(absolute: string): string | undefined {
  const same = findFile(absolute);
  if (same) return same;
  const folder = dirname(absolute);
  if (!existsSync(folder)) return undefined;
  const modules = readdirSync(folder).filter((file) => moduleExtensions.includes(parse(file).ext));
  const byStem = new Map(modules.map((file) => [parse(file).name, file]));
  const [closest] = nearest(parse(basename(absolute)).name, byStem.keys(), 1);
  return closest === undefined ? undefined : join(folder, byStem.get(closest) ?? '');
}

function show(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') || path === '' ? file : path;
}
