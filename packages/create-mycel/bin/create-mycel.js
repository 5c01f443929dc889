#!/usr/bin/env node
// `npm create mycel [DIR]` is `mycel init [DIR]`.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const mycel = dirname(createRequire(import.meta.url).resolve('mycel/package.json'));
const { main } = await import(pathToFileURL(join(mycel, 'dist/cli/main.js')).href);
await main(['init', ...process.argv.slice(2)]);
