import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from '../run-command.ts';

/** A package as it would be published. Disposing removes it. */
export interface Tarball extends Disposable {
  /** The `.tgz` file. */
  readonly file: string;
  /** What is in it, relative to the package. */
  readonly contents: readonly string[];
}

/** Packs a built package into a temporary folder. */
export async function packTarball(packageFolder: string): Promise<Tarball> {
  const folder = mkdtempSync(join(tmpdir(), 'mycel-pack-'));
  const args = ['pack', '--json', '--silent', '--pack-destination', folder];
  const output = await runOrThrow('npm', args, { cwd: packageFolder });
  // npm's own warnings may stand before the answer.
  const answer: unknown = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const [packed] = Object.values(answer as Record<string, { filename: string; files: { path: string }[] }>); // npm's format
  if (packed === undefined) throw new Error(`npm pack said nothing about ${packageFolder}:\n${output}`);
  return {
    file: join(folder, packed.filename),
    contents: packed.files.map(({ path }) => path),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Names the files that a published package must not hold: anything but what is built, run and read. */
export function strayFiles(contents: readonly string[]): string[] {
  // The template of a new project is sources, with its own tests.
  const published = contents.filter((path) => !path.startsWith('templates/'));
  const wanted =
    /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/[\w-]+\.js|dist\/.+\.(js|js\.map|d\.ts)|dist\/.+\.json)$/;
  return published.filter((path) => !wanted.test(path) || /\.(test|types|bench)\./.test(path));
}
