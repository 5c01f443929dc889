import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { listFiles } from '../file-tree.ts';
import type { Finding } from '../finding.ts';
import { type Link, readMarkdown } from './markdown-page.ts';
import { hasTest, readTestTitles, type TestTitles } from './test-titles.ts';

/**
 * Checks the links of all Markdown that name a test, `[text](file.test.ts "title of the test")`: the file has a test of that
 * title, and it is not skipped. A file that is not there is for the check of links to tell.
 */
export function checkTestLinks(root: string): Finding[] {
  const read = new Map<string, TestTitles>();
  const titlesOf = (file: string): TestTitles => {
    const titles = read.get(file) ?? readTestTitles(file, readFileSync(join(root, file), 'utf8'));
    read.set(file, titles);
    return titles;
  };
  return listFiles(root, '.', /\.md$/).flatMap((page) =>
    readMarkdown(readFileSync(join(root, page), 'utf8')).links.flatMap((link) => {
      const file = testFileOf(page, link);
      if (file === undefined || link.title === undefined || !existsSync(join(root, file))) return [];
      if (hasTest(titlesOf(file), link.title)) return [];
      const problem = `${file} has no test '${link.title}' that runs: name the one that shows it, or change what is said`;
      return { file: page, line: link.line, problem };
    }),
  );
}

/** The test file that a link of a page leads to, if it does. */
export function testFileOf(page: string, { target }: Pick<Link, 'target'>): string | undefined {
  return /^[^:#]+\.test\.ts$/.test(target) ? normalize(join(dirname(page), target)) : undefined;
}
