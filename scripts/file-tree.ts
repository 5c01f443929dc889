import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const skippedFolders: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.vitest']);

/**
 * Lists the files under a folder of a repository whose names match, as sorted paths relative to its root, with `/`.
 * Folders of installed, built and hidden things are not entered. A folder that is not there has no files.
 */
export function listFiles(root: string, folder: string, name: RegExp): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  const files: string[] = [];
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name) && !entry.name.startsWith('.fixture-'))
        files.push(...listFiles(root, path, name));
    } else if (name.test(entry.name)) files.push(path);
  }
  return files.toSorted();
}
