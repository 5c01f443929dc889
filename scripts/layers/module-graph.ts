import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { listFiles } from '../file-tree.ts';
import type { Finding } from '../finding.ts';
import { type ModuleImport, readImports } from './module-imports.ts';

/** An import, with the file of this repository it reaches, if it reaches one. */
export interface ResolvedImport extends ModuleImport {
  /** Relative to the root, with `/`; `undefined` for packages and for relative paths that lead to no file. */
  readonly target: string | undefined;
}

/** A module of this repository. Paths are relative to its root, with `/`. */
export interface SourceModule {
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly ResolvedImport[];
}

const sourceFolders = ['packages', 'examples', 'tests', 'bench', 'scripts'];

export interface ModuleGraph {
  readonly modules: ReadonlyMap<string, SourceModule>;
  /** Files that could not be read as TypeScript. */
  readonly unreadable: readonly Finding[];
}

/** Reads all TypeScript modules under the source folders of a repository. */
export function readModuleGraph(root: string): ModuleGraph {
  const modules = new Map<string, SourceModule>();
  const unreadable: Finding[] = [];
  for (const file of sourceFolders.flatMap((folder) => listFiles(root, folder, /\.(ts|tsx|mts|js|mjs)$/))) {
    const text = readFileSync(join(root, file), 'utf8');
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    try {
      const imports = readImports(file, text).map((entry) => ({
        ...entry,
        target: resolve(root, file, entry.specifier),
      }));
      modules.set(file, { file, lines, imports });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unreadable.push({ file, line: 1, problem: `cannot be read as TypeScript: ${reason}` });
    }
  }
  return { modules, unreadable };
}

function resolve(root: string, from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const target = normalize(join(dirname(from), specifier));
  return existsSync(join(root, target)) ? target : undefined;
}
