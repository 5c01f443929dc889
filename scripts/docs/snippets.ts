import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../file-tree.ts';
import type { Finding } from '../finding.ts';
import { type BlockSource, type CodeBlock, readCodeBlocks } from './code-blocks.ts';
import { readRegions, type Region } from './regions.ts';

/** Files that are there to be quoted: a region of theirs that no page quotes is a finding. */
export const snippetFolder = 'docs/snippets';
const programs: ReadonlySet<string> = new Set(['ts', 'tsx', 'typescript', 'js', 'javascript', 'mjs']);

/**
 * Checks that the code in the README, the guide and the reference is code of real files, which are compiled and tested:
 * each TypeScript block says which, in a comment right above it, and so may blocks of other languages.
 */
export function checkSnippets(root: string): Finding[] {
  const pages = [
    ...listFiles(root, '.', /^README\.md$/).filter((file) => file === 'README.md'),
    ...listFiles(root, 'docs/guide', /\.md$/),
    ...listFiles(root, 'docs/reference', /\.md$/),
  ];
  if (pages.length === 0)
    return [{ file: 'docs', line: 1, problem: 'no page was read: the check looks in the wrong place' }];
  const quoted = new Set<string>();
  const findings = pages.flatMap((page) =>
    readCodeBlocks(readFileSync(join(root, page), 'utf8')).flatMap((block) => {
      if (block.source) quoted.add(nameOf(block.source));
      const problem = problemOf(root, block);
      return problem === undefined ? [] : [{ file: page, line: block.line, problem }];
    }),
  );
  return [...findings, ...checkRegions(root, quoted)];
}

function problemOf(root: string, { language, text, source }: CodeBlock): string | undefined {
  if (!source) {
    return programs.has(language)
      ? `this code is in no file that is compiled: put it into ${snippetFolder}, and name it above the block, <!-- file: ${snippetFolder}/x.ts#region -->`
      : undefined;
  }
  if (!existsSync(join(root, source.file))) return `${source.file} is not there`;
  const code = readFileSync(join(root, source.file), 'utf8');
  if (source.region === undefined) {
    const isPassage = `\n${code}`.includes(`\n${text.trimEnd()}\n`);
    return isPassage ? undefined : `${source.file} has no passage like this block: take it over from there`;
  }
  const region = readRegions(code).find(({ name }) => name === source.region);
  if (!region) return `${source.file} has no region '${source.region}'`;
  return region.text === text.trimEnd() ? undefined : difference(source, region, text);
}

function difference(source: BlockSource, region: Region, text: string): string {
  const there = region.text.split('\n');
  const here = text.trimEnd().split('\n');
  const at = there.findIndex((line, index) => line !== here[index]);
  const index = at < 0 ? there.length : at;
  return `line ${index + 1} of the block is ${quote(here[index])}, and in ${nameOf(source)} it is ${quote(there[index])}: take it over from there`;
}

function quote(line: string | undefined): string {
  return line === undefined ? 'missing' : JSON.stringify(line);
}

function checkRegions(root: string, quoted: ReadonlySet<string>): Finding[] {
  return listFiles(root, snippetFolder, /./).flatMap((file) => {
    const regions = readRegions(readFileSync(join(root, file), 'utf8'));
    return regions.flatMap(({ name, line, isClosed }, index) => {
      const found = (problem: string): Finding[] => [{ file, line, problem: `region '${name}' ${problem}` }];
      if (!isClosed) return found(`has no end: close it with #endregion ${name}`);
      if (regions.findIndex((region) => region.name === name) < index) return found('is in this file twice');
      return quoted.has(nameOf({ file, region: name })) ? [] : found('is quoted by no page: quote it, or take it out');
    });
  });
}

function nameOf({ file, region }: BlockSource): string {
  return region === undefined ? file : `${file}#${region}`;
}
