import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Class, parseSync, Visitor } from 'oxc-parser';
import { listFiles } from '../file-tree.ts';
import type { Finding } from '../finding.ts';
import { readMarkdown } from './markdown-page.ts';

export const cataloguePage = 'docs/reference/errors.md';
const sourceFolder = 'packages/mycel/src';

interface ErrorCode {
  readonly code: string;
  readonly className: string;
  readonly file: string;
  readonly line: number;
}

/** Checks that the codes of the error classes and the headings of the catalogue are the same, each used once. */
export function checkErrorCodes(root: string): Finding[] {
  const files = listFiles(root, sourceFolder, /(?<!\.test|\.types|\.bench)\.ts$/);
  const codes = files.flatMap((file) => readErrorCodes(file, readFileSync(join(root, file), 'utf8')));
  if (codes.length === 0) {
    return [{ file: sourceFolder, line: 1, problem: 'no error code was read: the check looks in the wrong place' }];
  }
  if (!existsSync(join(root, cataloguePage))) {
    const problem = `the catalogue of errors is not there: give each of the ${codes.length} codes a heading in it`;
    return [{ file: cataloguePage, line: 1, problem }];
  }
  return [...checkOnce(codes), ...checkCatalogue(codes, readFileSync(join(root, cataloguePage), 'utf8'))];
}

function checkOnce(codes: readonly ErrorCode[]): Finding[] {
  const first = new Map<string, ErrorCode>();
  return codes.flatMap((entry) => {
    const { code, file, line } = entry;
    const earlier = first.get(code);
    first.set(code, earlier ?? entry);
    if (earlier === undefined) return [];
    return {
      file,
      line,
      problem: `${code} is the code of ${earlier.className} (${earlier.file}) already: choose another`,
    };
  });
}

function checkCatalogue(codes: readonly ErrorCode[], text: string): Finding[] {
  const entries = readMarkdown(text).headings.flatMap(({ text: heading, line }) =>
    [...heading.matchAll(/MYCEL_[A-Z0-9_]+/g)].map(([code]) => ({ code, line })),
  );
  const missing = codes.filter(({ code }) => !entries.some((entry) => entry.code === code));
  const left = entries.filter(({ code }) => !codes.some((entry) => entry.code === code));
  const twice = entries.filter(({ code }, index) => entries.findIndex((entry) => entry.code === code) < index);
  return [
    ...missing.map(({ code, className, file, line }) => {
      return { file, line, problem: `${code} (${className}) has no heading in ${cataloguePage}: write its entry` };
    }),
    ...left.map(({ code, line }) => {
      return {
        file: cataloguePage,
        line,
        problem: `${code} is the code of no class: take the entry out, or mark it in prose`,
      };
    }),
    ...twice.map(({ code, line }) => ({
      file: cataloguePage,
      line,
      problem: `${code} has a second entry: join the two`,
    })),
  ];
}

/** Reads the literal codes, `code = 'MYCEL_...'`, of the classes of a module. */
export function readErrorCodes(file: string, source: string): ErrorCode[] {
  const codes: ErrorCode[] = [];
  const readClass = (node: Class): void => {
    for (const member of node.body.body) {
      if (member.type !== 'PropertyDefinition' || member.key.type !== 'Identifier' || member.key.name !== 'code')
        continue;
      const value = member.value?.type === 'TSAsExpression' ? member.value.expression : member.value;
      if (value?.type !== 'Literal' || typeof value.value !== 'string' || !value.value.startsWith('MYCEL_')) continue;
      const line = source.slice(0, member.start).split('\n').length;
      codes.push({ code: value.value, className: node.id?.name ?? 'a class without a name', file, line });
    }
  };
  new Visitor({ ClassDeclaration: readClass, ClassExpression: readClass }).visit(parseSync(file, source).program);
  return codes;
}
