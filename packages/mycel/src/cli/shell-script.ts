import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../foundation/errors.ts';
import { ModuleNotFoundError } from './cli-errors.ts';
import { stripTypes } from './typescript-text.ts';
import { enableTypeScript } from './typescript-loader.ts';

/** A script as it was given. */
export interface Script {
  readonly text: string;
  /** Where it stands: what it imports is looked up from there. */
  readonly file: string;
}

/** Reads a script from a file. Throws a `ModuleNotFoundError`. */
export function readScript(path: string): Script {
  try {
    return { text: readFileSync(path, 'utf8'), file: resolve(path) };
  } catch (error) {
    throw new ModuleNotFoundError(`the script '${path}' cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A script that stands in no file; it imports as one in the current folder would. */
export function looseScript(text: string, name: string): Script {
  return { text, file: resolve(`[${name}]`) };
}

/**
 * Runs a script as a module: with `await` and `import`, in TypeScript or JavaScript. Resolves with the value if it is a
 * single expression, with `undefined` otherwise; rejects with what it throws, or with a `SyntaxError` if it does not parse.
 */
export async function runScript({ text, file }: Script): Promise<unknown> {
  const expression = asExpression(text);
  const source = expression === undefined ? stripTypes(text, basename(file)) : `export default await ${expression}`;
  enableTypeScript(file);
  const url = `${pathToFileURL(file).href}?mycel-shell`;
  serve(url, source);
  const module = (await import(url)) as { readonly default?: unknown };
  return expression === undefined ? undefined : module.default;
}

type Resolved = { readonly url: string; readonly format: string; readonly shortCircuit: true };
type Loaded = { readonly source: string; readonly format: string; readonly shortCircuit: true };

/** The part of `module.registerHooks` that is used here. */
interface SynchronousHooks {
  resolve(specifier: string, context: unknown, next: (specifier: string, context: unknown) => Resolved): Resolved;
  load(url: string, context: unknown, next: (url: string, context: unknown) => Loaded): Loaded;
}

/**
 * Serves a module that is there as text only. Node has two kinds of hooks, and the newer kind comes first: where Node has it,
 * tsx uses it, and would look for the file before the older kind is asked.
 */
function serve(own: string, source: string): void {
  // In Node from 22.15 on, and not yet in the types of 20.
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: SynchronousHooks) => unknown };
  const format = 'module';
  if (!registerHooks) {
    nodeModule.register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: { own, source } });
    return;
  }
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === own ? { url: own, format, shortCircuit: true } : next(specifier, context),
    load: (url, context, next) => (url === own ? { source, format, shortCircuit: true } : next(url, context)),
  });
}

/** The same as hooks of the older kind, which run in a thread of their own. */
const hooks = `
  let module;
  export function initialize(data) { module = data; }
  export async function resolve(specifier, context, next) {
    if (specifier !== module.own) return next(specifier, context);
    return { url: module.own, format: 'module', shortCircuit: true };
  }
  export async function load(url, context, next) {
    if (url !== module.own) return next(url, context);
    return { format: 'module', source: module.source, shortCircuit: true };
  }`;

/** The script in parentheses, if it is one expression: an object or a function is a value then, too. */
function asExpression(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    return stripTypes(`(${text.trim().replace(/;$/, '')}\n)`, 'script')
      .trim()
      .replace(/;$/, '');
  } catch {
    return undefined;
  }
}
