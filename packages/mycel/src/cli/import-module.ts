import { spawnSync } from 'node:child_process';
import { dirname, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, MycelError } from '../foundation/errors.ts';
import { ModuleFailedError } from './cli-errors.ts';
import type { ModuleReference } from './resolve-module.ts';

/** Imports a module; TypeScript is translated on the way. Rejects with a `ModuleFailedError` that says where it is wrong. */
export async function importModule({ name, file }: ModuleReference): Promise<Record<string, unknown>> {
  if (/\.[cm]?tsx?$/.test(file)) (await import('./typescript-loader.ts')).enableTypeScript(file);
  try {
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    // A CommonJS module's exports that Node could not foresee are in its default export.
    const { default: main } = module;
    return typeof main === 'object' && main !== null ? { ...main, ...module } : module;
  } catch (error) {
    throw new ModuleFailedError(`the module '${name}' could not be loaded: ${explain(error, file)}`, { cause: error });
  }
}

function explain(error: unknown, file: string): string {
  const text = messageOf(error);
  const transform = /^(.+?):(\d+):(\d+): ERROR: (.*)$/m.exec(text);
  if (transform) return `${transform[1]}:${transform[2]}:${transform[3]}: ${transform[4]}`;
  if (!(error instanceof Error)) return `it threw ${text}`;
  if (error.name === 'SyntaxError') return `${placeOfSyntaxError(error, file)}: ${text}${moduleHint(text)}`;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ERR_MODULE_NOT_FOUND') return `${text}; install it, or correct the import`;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return `${text}; run the .ts module itself, or compile what it imports`;
  const place = userFrame(error);
  const kind = error instanceof MycelError ? '' : `${error.name}: `;
  return `${kind}${text}${place ? ` (thrown at ${place})` : ''}`;
}

function moduleHint(text: string): string {
  return text.includes('outside a module') ? '; add "type": "module" to package.json' : '';
}

/** Node says the place of some syntax errors in the stack's first line, and of the others only when it checks the file itself. */
function placeOfSyntaxError(error: Error, file: string): string {
  const pattern = /^(?:file:\/\/)?((?:\/|[A-Za-z]:).*?:\d+)$/m;
  const inStack = pattern.exec(error.stack ?? '')?.[1];
  if (inStack) return inStack;
  const check = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 });
  return pattern.exec(check.stderr)?.[1] ?? `${file}, or a file it imports`;
}

/** The first place in the stack that is neither Node's nor a package's. */
function userFrame(error: Error): string | undefined {
  const frames = (error.stack ?? '')
    .split('\n')
    .map((line) => /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1]);
  const own = dirname(dirname(fileURLToPath(import.meta.url))) + sep;
  for (const frame of frames) {
    const place = frame?.startsWith('file:') ? fileURLToPath(frame) : frame;
    if (place && !place.includes(`${sep}node_modules${sep}`) && !place.startsWith(own)) return place;
  }
  return undefined;
}
