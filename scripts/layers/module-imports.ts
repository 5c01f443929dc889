import { parseSync, Visitor } from 'oxc-parser';

/** One place where a module names another: an import, an `export ... from`, `import(...)`, or a type `import('...').X`. */
export interface ModuleImport {
  readonly specifier: string;
  readonly line: number;
}

/** Reads every import of a TypeScript module, type-only ones included, in the order of the lines. Throws on a syntax error. */
export function readImports(file: string, source: string): ModuleImport[] {
  const { module, program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${error.message} at ${error.labels[0]?.start ?? 0}`);

  const found: { specifier: string; offset: number }[] = [];
  for (const { moduleRequest } of module.staticImports) {
    found.push({ specifier: moduleRequest.value, offset: moduleRequest.start });
  }
  for (const { moduleRequest } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest) found.push({ specifier: moduleRequest.value, offset: moduleRequest.start });
  }
  const add = (node: { type: string; value?: unknown; start: number }): void => {
    if (typeof node.value === 'string') found.push({ specifier: node.value, offset: node.start });
  };
  new Visitor({
    ImportExpression: ({ source: named }) => add(named),
    TSImportType: ({ source: named }) => add(named),
    TSExternalModuleReference: ({ expression }) => add(expression),
  }).visit(program);

  const imports = found.map(({ specifier, offset }) => ({
    specifier,
    line: source.slice(0, offset).split('\n').length,
  }));
  const distinct = new Map(imports.map((entry) => [`${entry.line} ${entry.specifier}`, entry]));
  return [...distinct.values()].toSorted((a, b) => a.line - b.line);
}
