import { expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { readRegions } from './regions.ts';
import { checkSnippets } from './snippets.ts';

function check(files: Record<string, string>): string[] {
  using tree = fixtureTree(files);
  return checkSnippets(tree.root).map(({ file, line, problem }) => `${file}:${line}: ${problem}`);
}

function block(code: string, source?: string, language = 'ts'): string {
  return `# Page\n\n${source === undefined ? '' : `<!-- file: ${source} -->\n`}\`\`\`${language}\n${code}\n\`\`\`\n`;
}

const orders = `import { service } from 'mycel';

class Orders {
  // #region method
  add(): number {
    // #region inner
    return 1;
    // #endregion inner
  }
  // #endregion method
}
`;

test('a block that is the region it names is good, wherever the region stands in its file', () => {
  const pages = {
    'README.md': block('add(): number {\n  return 1;\n}', 'docs/snippets/orders.ts#method'),
    'docs/guide/a.md': block('return 1;', 'docs/snippets/orders.ts#inner'),
  };
  expect(check({ ...pages, 'docs/snippets/orders.ts': orders })).toEqual([]);
});

test('a block that differs from its region is a finding, which shows the first line that differs', () => {
  const page = block('add(): number {\n  return 2;\n}', 'examples/orders.ts#method');
  expect(check({ 'docs/guide/a.md': page, 'examples/orders.ts': orders })).toEqual([
    'docs/guide/a.md:4: line 2 of the block is "  return 2;", and in examples/orders.ts#method it is "  return 1;": take it over from there',
  ]);
  const shorter = block('add(): number {\n  return 1;', 'examples/orders.ts#method');
  expect(check({ 'README.md': shorter, 'examples/orders.ts': orders })).toEqual([
    expect.stringContaining('line 3 of the block is missing'),
  ]);
  const longer = block('add(): number {\n  return 1;\n}\nmore();', 'examples/orders.ts#method');
  expect(check({ 'README.md': longer, 'examples/orders.ts': orders })).toEqual([
    expect.stringContaining('line 4 of the block is "more();", and in examples/orders.ts#method it is missing'),
  ]);
});

test('a block of a program that names no file is a finding, in each place that is read', () => {
  const pages = ['README.md', 'docs/guide/a.md', 'docs/reference/b.md'];
  expect(check(Object.fromEntries(pages.map((page) => [page, block('f();')])))).toEqual(
    pages.map((page) => expect.stringMatching(new RegExp(`^${page}:3: this code is in no file`))),
  );
});

test('blocks of shell and text need no file, but are held to the one they name', () => {
  const page = block('npm test', undefined, 'bash') + block('a: 1', 'compose.yaml', 'yaml');
  expect(check({ 'README.md': page, 'compose.yaml': '# why\na: 1\nb: 2\n' })).toEqual([]);
  expect(check({ 'README.md': page, 'compose.yaml': 'a: 12\n' })).toEqual([
    expect.stringContaining('compose.yaml has no passage like this block'),
  ]);
});

test('a file or a region that is not there is a finding', () => {
  expect(check({ 'README.md': block('f();', 'gone.ts#x') })).toEqual([expect.stringContaining('gone.ts is not there')]);
  expect(check({ 'README.md': block('f();', 'a.ts#gone'), 'a.ts': orders })).toEqual([
    expect.stringContaining("a.ts has no region 'gone'"),
  ]);
});

test('a region of the snippets that no page quotes is a finding; so is one without an end, or of a name used twice', () => {
  const files = { 'README.md': '# None', 'docs/snippets/orders.ts': orders };
  expect(check(files)).toEqual([
    expect.stringMatching(/orders.ts:4: region 'method' is quoted by no page/),
    expect.stringMatching(/orders.ts:6: region 'inner' is quoted by no page/),
  ]);
  expect(check({ ...files, 'docs/snippets/orders.ts': '// #region a\nf();\n' })).toEqual([
    expect.stringContaining("region 'a' has no end"),
  ]);
  const twice = '// #region a\nf();\n// #endregion a\n'.repeat(2);
  const quoting = { 'README.md': block('f();', 'docs/snippets/a.ts#a'), 'docs/snippets/a.ts': twice };
  expect(check(quoting)).toEqual([expect.stringContaining("a.ts:4: region 'a' is in this file twice")]);
});

test('a repository without a page is a finding', () => {
  expect(check({ 'docs/decisions/1.md': block('f();') })).toEqual([expect.stringContaining('no page was read')]);
});

test('a comment counts only right above its block, and a longer fence holds shorter ones', () => {
  const page = ['<!-- file: a.ts -->', '', '````md', '```ts', 'f();', '```', '````', '  ~~~ts', '  g();', '  ~~~'];
  expect(readCodeBlocks(page.join('\n'))).toEqual([
    { language: 'md', text: '```ts\nf();\n```', line: 3, source: undefined },
    { language: 'ts', text: 'g();', line: 8, source: undefined },
  ]);
});

test('regions of YAML and Dockerfiles are marked with their own comments', () => {
  const source = 'services:\n  # #region app\n  app:\n\n    image: x\n  # #endregion app\n';
  expect(readRegions(source)).toEqual([{ name: 'app', text: 'app:\n\n  image: x', line: 2, isClosed: true }]);
});
