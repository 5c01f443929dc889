import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../foundation/errors.ts';
import { ProjectNotWrittenError } from './cli-errors.ts';
import { packageVersion } from './package-version.ts';

/** The project as it stands in the package. Its tests are run in CI, so it is a working one. */
const template = fileURLToPath(new URL('../../templates/project', import.meta.url));

/** What the template calls itself. */
const placeholder = 'my-service';

/** npm would leave out files of these names when it packs, or obey them. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore', dockerignore: '.dockerignore' };

/**
 * Writes the template into a folder under a name, and lists the files. Throws a `ProjectNotWrittenError`, and writes
 * nothing, if one of them is there already.
 */
export function writeProject(folder: string, name: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new ProjectNotWrittenError(`${folder} is a file, and a project is a folder; choose another name`);
  }
  const files = readTemplate(name);
  const there = [...files.keys()].filter((file) => isInTheWay(join(folder, file)));
  if (there.length > 0) {
    const them = there.length === 1 ? 'it' : 'them';
    throw new ProjectNotWrittenError(
      `${folder} has files that would be overwritten: ${there.join(', ')}; nothing was written. Move ${them} away, or choose another folder`,
    );
  }
  for (const [file, text] of files) writeNew(join(folder, file), text);
  return [...files.keys()].toSorted();
}

function readTemplate(name: string): Map<string, string> {
  const entries = readdirSync(template, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const source = join(entry.parentPath, entry.name);
      const target = relative(template, join(entry.parentPath, renamed[entry.name] ?? entry.name));
      const text = readFileSync(source, 'utf8').replaceAll(placeholder, name);
      return [
        target,
        target === 'package.json' ? text.replace('"mycel": "*"', `"mycel": "^${packageVersion()}"`) : text,
      ];
    }),
  );
}

/** Tells whether something is there, or stands where one of its folders would be; even a link that leads nowhere. */
function isInTheWay(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function writeNew(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new ProjectNotWrittenError(`the project cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
