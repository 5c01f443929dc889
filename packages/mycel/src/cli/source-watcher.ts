import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { messageOf } from '../foundation/errors.ts';

/** Folders that hold no sources. */
const otherFolders = new Set(['node_modules', 'dist', 'coverage']);

/** What editors and running services write beside sources. A service that is started anew by its own log would never rest. */
const otherFile = /^\.|~$|^#.*#$|\.(?:log|pid|sock|tmp|sw[a-z]|db|sqlite\d?|sqlite\d?-\w+)$|^\d+$/;

/** More folders than any sources have: someone watches a whole disk. */
const mostFolders = 4096;

interface FolderWatch {
  readonly watcher: FSWatcher;
  /** Tells it from another that came in its place, which the watcher does not see. */
  readonly identity: string;
  /** Everything in it counts, and the folders inside. */
  readonly isTree: boolean;
  /** The files that count in any case. */
  readonly names: Set<string>;
}

/**
 * Tells of changed files, in whole folders or one by one. Folders are watched one by one too: Node's recursive watching takes
 * one of the system's watches for each file, those of `node_modules` included; 8192 is all that some systems have.
 */
export class SourceWatcher {
  readonly #onChange: (file: string) => void;
  readonly #onLimit: (why: string) => void;
  readonly #folders = new Map<string, FolderWatch>();
  #isLimited = false;

  /** `onLimit` is told, once, why some folders are not watched. */
  constructor(onChange: (file: string) => void, onLimit: (why: string) => void) {
    this.#onChange = onChange;
    this.#onLimit = onLimit;
  }

  /** Watches a folder and all below it, also what is added later, but for what holds no sources. */
  addTree(folder: string): void {
    this.#walk(folder);
  }

  /** Watches one file, which need not be there yet. */
  addFile(file: string): void {
    const folder = dirname(file);
    // The folder is watched, since editors replace a file by another of the same name.
    if (!this.#folders.has(folder)) this.#open(folder, false);
    this.#folders.get(folder)?.names.add(basename(file));
  }

  close(): void {
    for (const folder of this.#folders.keys()) this.#drop(folder);
  }

  /** Watches a tree, and names a file that is in it. */
  #walk(folder: string): string | undefined {
    const before = this.#folders.get(folder);
    if (before?.isTree || this.#isLimited) return undefined;
    if (this.#folders.size >= mostFolders) this.#limit(`there are more than ${mostFolders}`);
    this.#open(folder, true, before?.names);
    let found: string | undefined;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) found ??= otherFile.test(entry.name) ? undefined : path;
      else if (isSourceFolder(entry.name)) found = this.#walk(path) ?? found;
    }
    return found;
  }

  #open(folder: string, isTree: boolean, names = new Set<string>()): void {
    this.#drop(folder);
    const identity = identityOf(folder);
    if (identity === undefined) return; // It has just been removed.
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null) this.#onEvent(folder, name);
      });
      watcher.on('error', () => this.#drop(folder)); // Windows tells so that the folder was removed.
      this.#folders.set(folder, { watcher, identity, isTree, names });
    } catch (error) {
      // Linux has limits for each user. A folder that is gone, or may not be read, has no sources to load.
      if (/^(?:ENOSPC|EMFILE)$/.test((error as NodeJS.ErrnoException).code ?? '')) this.#limit(messageOf(error));
    }
  }

  #limit(why: string): void {
    if (!this.#isLimited) this.#onLimit(why);
    this.#isLimited = true;
  }

  #drop(folder: string): void {
    this.#folders.get(folder)?.watcher.close();
    this.#folders.delete(folder);
  }

  #onEvent(folder: string, name: string): void {
    const watched = this.#folders.get(folder);
    const path = join(folder, name);
    if (watched?.names.has(name)) this.#onChange(path);
    if (!watched?.isTree || watched.names.has(name)) return;
    if (this.#folders.has(path) || identityOf(path) !== undefined) this.#onFolder(path);
    else if (!otherFile.test(name)) this.#onChange(path);
  }

  /** A folder came, went, or came in place of another. What was written into a new one before it was watched counts. */
  #onFolder(folder: string): void {
    if (!isSourceFolder(basename(folder))) return;
    const identity = identityOf(folder);
    const known = this.#folders.get(folder);
    if (known?.isTree && known.identity === identity) return;
    this.#dropTree(folder);
    const file = identity === undefined ? folder : this.#walk(folder);
    if (known || file) this.#onChange(file ?? folder);
  }

  #dropTree(folder: string): void {
    for (const below of this.#folders.keys()) {
      if (below === folder || below.startsWith(folder + sep)) this.#drop(below);
    }
  }
}

/** Tells a folder from any other; `undefined` if there is none. The number of a removed one may be given to the next. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() ? `${stats.ino} ${stats.birthtimeMs}` : undefined;
}

function isSourceFolder(name: string): boolean {
  return !otherFolders.has(name) && !name.startsWith('.');
}

function entriesOf(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    return []; // It has just been removed, or may not be read.
  }
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
