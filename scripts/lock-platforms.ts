// Completes package-lock.json: `npm run lock:platforms`, after a dependency was added or updated.
//
// Where the registry in use serves only this platform's native builds, npm leaves the builds for all other platforms
// out of the lock file, and `npm ci` then calls it out of sync. This adds them back from their names and versions.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { completeLock, type LockFile } from './lock/missing-builds.ts';

const file = join(dirname(import.meta.dirname), 'package-lock.json');
const lock: LockFile = JSON.parse(readFileSync(file, 'utf8'));
const { completed, added } = completeLock(lock);
if (added.length > 0) writeFileSync(file, `${JSON.stringify(completed, null, 2)}\n`);
console.log(`${added.length} native builds for other platforms added to package-lock.json`);
