import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { SourceWatcher } from './source-watcher.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mycel-watch-')));
});

function write(path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), '');
}

/** A watcher, and what it told of so far. */
class Watched {
  readonly seen: string[] = [];
  readonly limits: string[] = [];
  readonly watcher: SourceWatcher;
  #wake = (): void => {};

  constructor() {
    this.watcher = new SourceWatcher(
      (file) => {
        this.seen.push(relative(folder, file));
        this.#wake();
      },
      (why) => this.limits.push(why),
    );
    onTestFinished(() => {
      this.watcher.close();
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /** Resolves once a file has been told of. */
  async told(file: string): Promise<void> {
    while (!this.seen.includes(file)) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}

function watchedTree(): Watched {
  const watched = new Watched();
  watched.watcher.addTree(folder);
  return watched;
}

test('tells of files in a folder and below it, changed, new and replaced', async () => {
  write('a.ts');
  write('deep/down/b.ts');
  const watched = watchedTree();
  write('a.ts');
  await watched.told('a.ts');
  write('deep/down/b.ts');
  await watched.told('deep/down/b.ts');
  write('deep/c.ts');
  await watched.told('deep/c.ts');
  watched.seen.length = 0;
  write('elsewhere~');
  renameSync(join(folder, 'elsewhere~'), join(folder, 'a.ts'));
  await watched.told('a.ts');
});

test('tells of files in folders that come later', async () => {
  const watched = watchedTree();
  write('new/deep/a.ts');
  await watched.told('new/deep/a.ts');
  watched.seen.length = 0;
  write('new/deep/a.ts');
  await watched.told('new/deep/a.ts');
});

test('goes on with a folder that was removed and made again', async () => {
  write('shop/a.ts');
  const watched = watchedTree();
  rmSync(join(folder, 'shop'), { recursive: true });
  write('shop/a.ts');
  write('marker.ts');
  await watched.told('marker.ts');
  watched.seen.length = 0;
  write('shop/b.ts');
  await watched.told('shop/b.ts');
});

test('keeps still about packages, builds, hidden files, and what editors and services write beside', async () => {
  write('node_modules/zod/index.js');
  write('dist/a.js');
  const watched = watchedTree();
  for (const path of ['node_modules/zod/index.js', 'node_modules/new.js', 'dist/a.js', '.git/HEAD', '.env'])
    write(path);
  for (const path of ['a.ts~', '.a.ts.swp', '4913', 'debug.log', 'shop.sqlite3-wal']) write(path);
  write('marker.ts');
  await watched.told('marker.ts');
  expect(new Set(watched.seen)).toEqual(new Set(['marker.ts']));
});

test('tells of single files that are replaced or not there yet, and of nothing beside them', async () => {
  write('config.yaml');
  const watched = new Watched();
  watched.watcher.addFile(join(folder, 'config.yaml'));
  watched.watcher.addFile(join(folder, 'later.ts'));
  write('other.yaml');
  write('new.yaml');
  renameSync(join(folder, 'new.yaml'), join(folder, 'config.yaml'));
  await watched.told('config.yaml');
  write('later.ts');
  await watched.told('later.ts');
  expect(new Set(watched.seen)).toEqual(new Set(['config.yaml', 'later.ts']));
});

test('tells of a single file in a watched folder, whatever its name', async () => {
  const watched = new Watched();
  watched.watcher.addFile(join(folder, '.shop.yaml'));
  watched.watcher.addTree(folder);
  write('.shop.yaml');
  await watched.told('.shop.yaml');
});

test('gives up on a tree that is larger than any sources, and says so once', async () => {
  for (let at = 0; at < 4100; at++) mkdirSync(join(folder, `f${at}`));
  const watched = watchedTree();
  expect(watched.limits).toEqual(['there are more than 4096']);
  write('a.ts');
  await watched.told('a.ts');
}, 240_000);
