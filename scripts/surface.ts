// Compares the public surface of the built package with the checked-in files, or writes them: `npm run surface [-- --write]`.
import { dirname, join } from 'node:path';
import { compareSurface, writeSurface } from './surface/surface-files.ts';

const packageFolder = join(dirname(import.meta.dirname), 'packages/mycel');

try {
  if (process.argv.includes('--write')) writeSurface(packageFolder);
  const diffs = compareSurface(packageFolder);
  for (const diff of diffs) console.error(`${diff}\n`);
  if (diffs.length > 0) {
    console.error(
      'The public surface has changed. If that is meant: `npm run surface -- --write`, and say so in CHANGELOG.md.',
    );
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
