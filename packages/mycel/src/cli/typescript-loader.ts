import { existsSync } from 'node:fs';
import { register as registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { register as registerTsx } from 'tsx/esm/api';

/**
 * Says of TypeScript files that they are ES modules, whatever the nearest package.json makes of `.ts`. As CommonJS they
 * would go through another loader, which loads a second copy of Mycel for them; then no entrypoint is recognised.
 */
const alwaysModules = `
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const isTypeScript = /\\.tsx?(\\?|$)/.test(resolved.url) && !resolved.url.includes('/node_modules/');
    return isTypeScript ? { ...resolved, format: 'module' } : resolved;
  }`;

let isEnabled = false;

/**
 * From here on TypeScript can be imported; decorators are lowered whatever the project's tsconfig.json targets. That of
 * the first file counts for all, as tsx takes only one.
 */
export function enableTypeScript(file: string): void {
  if (isEnabled) return;
  isEnabled = true;
  const tsconfig = nearestTsconfig(dirname(file));
  registerTsx(tsconfig === undefined ? {} : { tsconfig });
  // Hooks run in the opposite order of their registration, so this one has the last word on what tsx resolved.
  registerHooks(`data:text/javascript,${encodeURIComponent(alwaysModules)}`);
}

function nearestTsconfig(folder: string): string | undefined {
  const file = join(folder, 'tsconfig.json');
  if (existsSync(file)) return file;
  const above = dirname(folder);
  return above === folder ? undefined : nearestTsconfig(above);
}
