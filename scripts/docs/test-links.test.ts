import { describe, expect, test } from 'vitest';
import { fixtureTree } from '../fixture-tree.ts';
import { checkTestLinks } from './test-links.ts';
import { readTestTitles } from './test-titles.ts';

const tests = `
const cases = [{ what: 'a reset', n: 1 }];
describe.skipIf(false).each(['mycel', 'nameko'])('an event, with %s,', (topology) => {
  it('comes again', () => {});
  it.each(cases)('after $what', () => {});
  it.skip('is never run', () => {});
});
test(\`\${rounds} restarts lose nothing\`, () => {}, 1000);
const rounds = 20;
describe.skip('a block', () => { test('inside', () => {}); });
test('comes after it "quoted"', () => {});
`;

function check(title: string, target = 'a.test.ts'): string[] {
  using tree = fixtureTree({ 'a.md': `\n[x](${target} "${title}")`, 'a.test.ts': tests });
  return checkTestLinks(tree.root).map(({ file, line, problem }) => `${file}:${line}: ${problem}`);
}

describe('a link that names a test', () => {
  test.each([
    'comes again',
    'an event, with %s, > comes again',
    'an event, with nameko, > comes again',
    'after $what',
    'after a reset',
    '20 restarts lose nothing',
    String.raw`comes after it \"quoted\"`,
  ])('is good: %s', (title) => {
    expect(check(title)).toEqual([]);
  });

  test.each([
    'comes',
    'an event, with redis, > comes again',
    'another block > comes again',
    'after a flood',
    '21 restarts lose nothing',
  ])('is a finding where no test has that title: %s', (title) => {
    expect(check(title)).toEqual([
      `a.md:2: a.test.ts has no test '${title}' that runs: name the one that shows it, or change what is said`,
    ]);
  });

  test.each(['is never run', 'inside', 'a block > inside'])('is a finding where the test is skipped: %s', (title) => {
    expect(check(title)).toHaveLength(1);
  });

  test('is found among definitions too', () => {
    using tree = fixtureTree({ 'a.md': '[x]\n\n[x]: a.test.ts "gone"', 'a.test.ts': tests });
    expect(checkTestLinks(tree.root)).toMatchObject([{ line: 3 }]);
  });
});

test('a link without a title, or to something else, names no test', () => {
  using tree = fixtureTree({ 'a.md': '[x](a.test.ts) [y](a.ts "gone")', 'a.test.ts': tests, 'a.ts': '' });
  expect(checkTestLinks(tree.root)).toEqual([]);
});

test('a test has the titles of the blocks around it, and of no other', () => {
  expect(readTestTitles('a.test.ts', tests).paths).toEqual([
    ['an event, with %s,', 'comes again'],
    ['an event, with %s,', 'after $what'],
    [`\${rounds} restarts lose nothing`],
    ['comes after it "quoted"'],
  ]);
});
