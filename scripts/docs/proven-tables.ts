import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../finding.ts';
import { readDefinition, readMarkdown } from './markdown-page.ts';
import { testFileOf } from './test-links.ts';

export const guaranteesPage = 'docs/reference/guarantees.md';

interface Row {
  /** The faults that its first cell names, each without what follows a colon. */
  readonly faults: readonly string[];
  readonly text: string;
  readonly line: number;
}

interface Table {
  readonly section: string;
  readonly rows: readonly Row[];
  readonly line: number;
}

const untouched = 'none of its business';

/**
 * Checks the page of guarantees: its first table lists the faults, each other table whose first column is `fault` speaks of all of
 * them, and each row of these leads to a test by name, or says that the fault is none of the operation's business.
 */
export function checkProvenTables(root: string): Finding[] {
  if (!existsSync(join(root, guaranteesPage)))
    return [{ file: guaranteesPage, line: 1, problem: 'the page of guarantees is not there' }];
  const text = readFileSync(join(root, guaranteesPage), 'utf8');
  const [legend, ...tables] = readTables(text);
  if (legend === undefined || tables.length === 0)
    return [{ file: guaranteesPage, line: 1, problem: "no table with a first column 'fault' was read" }];
  const faults = legend.rows.flatMap((row) => row.faults);
  const proofs = provingLabels(text);
  const findings = [
    ...tables.flatMap((table) => [...checkFaults(table, faults), ...checkProofs(table, proofs)]),
    ...checkUse(text, proofs),
  ];
  return findings.map((finding) => ({ file: guaranteesPage, ...finding }));
}

type Found = Omit<Finding, 'file'>;

function checkFaults({ section, rows, line }: Table, faults: readonly string[]): Found[] {
  const named = new Set(rows.flatMap((row) => row.faults));
  const missing = faults.filter((fault) => !named.has(fault));
  return [
    ...missing.map((fault) => ({ line, problem: `'${section}' says nothing of '${fault}'` })),
    ...rows.flatMap((row) =>
      row.faults
        .filter((fault) => !faults.includes(fault))
        .map((fault) => ({ line: row.line, problem: `'${fault}' is not in the list of faults` })),
    ),
  ];
}

function checkProofs({ rows }: Table, proofs: ReadonlyMap<string, number>): Found[] {
  return rows.flatMap(({ text, line }) => {
    const labels = labelsIn(text);
    const gone = labels.filter((label) => !proofs.has(label));
    const undefinedLabels = gone.map((label) => ({ line, problem: `[${label}] names no test: define it` }));
    if (labels.length > 0 || text.includes(untouched)) return undefinedLabels;
    return [{ line, problem: `no test shows this: name one, or say that it is ${untouched}` }];
  });
}

/** A definition that no row uses is a proof of nothing. */
function checkUse(text: string, proofs: ReadonlyMap<string, number>): Found[] {
  const used = new Set(text.split('\n').flatMap((line) => (readDefinition(line) ? [] : labelsIn(line))));
  return [...proofs]
    .filter(([label]) => !used.has(label))
    .map(([label, line]) => ({ line, problem: `[${label}] is used nowhere` }));
}

/** The labels whose definitions lead to a test by name, and their lines. */
function provingLabels(text: string): ReadonlyMap<string, number> {
  const titled = new Set(readMarkdown(text).links.flatMap(({ title, line }) => (title === undefined ? [] : [line])));
  const labels = new Map<string, number>();
  for (const [index, content] of text.split('\n').entries()) {
    const definition = readDefinition(content);
    if (definition && titled.has(index + 1) && testFileOf(guaranteesPage, definition) !== undefined)
      labels.set(definition.label, index + 1);
  }
  return labels;
}

/** `[label]`, alone or behind the text of a link; links that are written out are none. */
function labelsIn(text: string): string[] {
  const prose = text.replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\[([^\][]+)\](?![([])/g)].map(([, label = '']) => label);
}

function readTables(text: string): Table[] {
  const tables: { section: string; rows: Row[]; line: number }[] = [];
  let section = '';
  let table: { section: string; rows: Row[]; line: number } | undefined;
  for (const [index, content] of text.split('\n').entries()) {
    section = /^#+ (.*)$/.exec(content)?.[1] ?? section;
    const [, first] = /^\|([^|]*)\|/.exec(content) ?? [];
    if (first === undefined) table = undefined;
    else if (first.trim() === 'fault') tables.push((table = { section, rows: [], line: index + 1 }));
    else if (!/^[\s:-]+$/.test(first)) table?.rows.push({ faults: faultsOf(first), text: content, line: index + 1 });
  }
  return tables;
}

function faultsOf(cell: string): string[] {
  return cell.split(',').map((fault) => fault.split(':')[0]?.trim() ?? '');
}
