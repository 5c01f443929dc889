#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Services only run on the copy of Mycel that they import: where a project has its own, that one takes over.
const own = realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = projectCopy() ?? own;
const { main } = await import(pathToFileURL(join(folder, 'dist/cli/main.js')).href);
await main(process.argv.slice(2));

function projectCopy() {
  try {
    const description = createRequire(join(process.cwd(), 'package.json')).resolve('mycel/package.json');
    return realpathSync(dirname(description));
  } catch {
    return undefined; // The project does not depend on Mycel, so it is a global one that was called.
  }
}
