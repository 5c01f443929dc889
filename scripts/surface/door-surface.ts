import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DeclarationFile, readDeclarationFile } from './declaration-file.ts';

/**
 * Renders the public surface of a door from its built `.d.ts`: every exported name, sorted, with its declarations. Throws
 * when the door is not built, exports by `export *`, or exports a name whose declaration is not found.
 */
export function renderDoor(title: string, doorFile: string): string {
  const files = new Map<string, DeclarationFile>();
  const read = (file: string): DeclarationFile => {
    const known = files.get(file) ?? readDeclarationFile(file, readBuilt(file));
    files.set(file, known);
    return known;
  };
  const names = [...read(doorFile).exports.keys()].toSorted();
  const entries = names.map((name) => renderName(name, declarationsOf(doorFile, name, read)));
  refuseStars(doorFile, read(doorFile));
  return `${[`# ${title}: ${names.length} names`, ...entries].join('\n\n')}\n`;
}

function readBuilt(file: string): string {
  if (!existsSync(file))
    throw new Error(`${file} is not there: run \`npm run build\`, or take the door out of "exports"`);
  return readFileSync(file, 'utf8');
}

function refuseStars(file: string, { stars }: DeclarationFile): void {
  if (stars.length > 0)
    throw new Error(`${file} exports * from ${stars.join(', ')}: list the names, a door is an explicit list`);
}

interface Found {
  readonly name: string;
  readonly texts: readonly string[];
}

/** Follows a name through re-exports to where it is declared; names of other packages end at the package. */
function declarationsOf(file: string, name: string, read: (file: string) => DeclarationFile): Found {
  const module = read(file);
  const origin = module.exports.get(name);
  if (origin === undefined) {
    refuseStars(file, module);
    throw new Error(`${file} does not export "${name}"`);
  }
  if (origin.from?.startsWith('.')) return declarationsOf(builtFile(file, origin.from), origin.name, read);
  if (origin.from !== undefined)
    return { name: origin.name, texts: [`export { ${origin.name} } from '${origin.from}';`] };
  const texts = module.declarations.get(origin.name);
  if (texts === undefined) throw new Error(`${file} exports "${name}", but its declaration is not found there`);
  return { name: origin.name, texts };
}

function builtFile(from: string, specifier: string): string {
  return join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'));
}

function renderName(exported: string, { name, texts }: Found): string {
  const text = texts.join('\n');
  return exported === name ? text : `${name} as ${exported}: ${text}`;
}
