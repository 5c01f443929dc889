import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { listFiles } from '../file-tree.ts';
import type { Finding } from '../finding.ts';
import { type MarkdownPage, readMarkdown } from './markdown-page.ts';

/** Checks that every relative link in the Markdown of a repository leads to a file, and to an anchor of it if it names one. */
export function checkLinks(root: string): Finding[] {
  const pages = new Map(
    listFiles(root, '.', /\.md$/).map((file) => [file, readMarkdown(readFileSync(join(root, file), 'utf8'))]),
  );
  if (pages.size === 0)
    return [{ file: '.', line: 1, problem: 'no Markdown was read: the check looks in the wrong place' }];
  return [...pages].flatMap(([file, { links }]) =>
    links.flatMap(({ target, line }) => {
      const problem = problemOf(root, pages, file, target);
      return problem === undefined ? [] : { file, line, problem };
    }),
  );
}

function problemOf(
  root: string,
  pages: ReadonlyMap<string, MarkdownPage>,
  file: string,
  target: string,
): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  if (target.startsWith('/')) return `"${target}" is absolute: write the path from this file`;
  const [path = '', fragment] = decodeURIComponent(target).split('#', 2);
  const reached = path === '' ? file : normalize(join(dirname(file), path)).replace(/\/$/, '');
  if (reached.startsWith('..')) return `"${target}" leads out of the repository`;
  if (!existsSync(join(root, reached))) return `"${target}" leads to ${reached}, which is not there`;
  const page = pages.get(reached);
  if (fragment === undefined || page === undefined || page.anchors.has(fragment)) return undefined;
  return `"${target}": ${reached} has no heading "#${fragment}"`;
}
