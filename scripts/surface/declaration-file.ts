import { type Comment, type Directive, parseSync, type Statement } from 'oxc-parser';

/** Where an exported name comes from: another module, under the name it has there, or a declaration of this file. */
export interface ExportOrigin {
  readonly name: string;
  /** `undefined`: declared here. */
  readonly from: string | undefined;
}

/** What a `.d.ts` file declares and exports. */
export interface DeclarationFile {
  /** Local name to the text of its declarations (several for overloads), without comments and `export declare`. */
  readonly declarations: ReadonlyMap<string, readonly string[]>;
  readonly exports: ReadonlyMap<string, ExportOrigin>;
  /** Modules named in `export * from`, `export * as x from`. */
  readonly stars: readonly string[];
}

/** Reads a `.d.ts` file. Throws on a syntax error. */
export function readDeclarationFile(file: string, source: string): DeclarationFile {
  const { program, module, comments, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);

  const declarations = new Map<string, string[]>();
  for (const statement of program.body) {
    const text = textOf(source, statement, comments);
    for (const name of namesOf(statement)) declarations.set(name, [...(declarations.get(name) ?? []), text]);
  }

  const imports = new Map<string, ExportOrigin>();
  for (const { entries, moduleRequest } of module.staticImports) {
    for (const { importName, localName } of entries) {
      if (importName.name !== null) imports.set(localName.value, { name: importName.name, from: moduleRequest.value });
    }
  }

  const exports = new Map<string, ExportOrigin>();
  const stars: string[] = [];
  for (const { moduleRequest, importName, exportName, localName } of module.staticExports.flatMap((e) => e.entries)) {
    if (moduleRequest && importName.name === null) stars.push(moduleRequest.value);
    else if (exportName.name !== null && moduleRequest) {
      exports.set(exportName.name, { name: importName.name ?? exportName.name, from: moduleRequest.value });
    } else if (exportName.name !== null) {
      const local = localName.name ?? exportName.name;
      exports.set(exportName.name, imports.get(local) ?? { name: local, from: undefined });
    }
  }
  return { declarations, exports, stars };
}

/** The names a statement declares; none for imports and for lists of exports. */
function namesOf(statement: Statement | Directive): string[] {
  const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (node === null) return [];
  switch (node.type) {
    case 'VariableDeclaration':
      return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? id.name : []));
    case 'ClassDeclaration':
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return node.id === null ? [] : [node.id.name];
    default:
      return [];
  }
}

function textOf(source: string, { start, end }: { start: number; end: number }, comments: readonly Comment[]): string {
  let text = '';
  let from = start;
  for (const comment of comments.filter((each) => each.start >= start && each.end <= end)) {
    text += source.slice(from, comment.start);
    from = comment.end;
  }
  text += source.slice(from, end);
  const lines = text.split('\n').map((line) => line.trimEnd());
  const shown = lines.filter((line) => line !== '' && line.trim() !== '#private;');
  return shown.join('\n').replace(/^(export )?(declare )?/, '');
}
