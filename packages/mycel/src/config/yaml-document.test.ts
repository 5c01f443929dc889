import { describe, expect, test } from 'vitest';
import { find, valueOf } from './config-node.ts';
import { readYaml } from './yaml-document.ts';

const environment: Record<string, string> = { PORT: '8000', LIST: '[a, 1]', WORD: 'yes', QUOTED: '"8000"', EMPTY: '' };
const read = (text: string) => readYaml(text, 'config.yaml', (variable) => environment[variable]);
const values = (text: string) => valueOf(read(text).root);

describe('readYaml', () => {
  test('gives an unquoted scalar that is one variable the type of its value', () => {
    const text = 'a: ${PORT}\nb: ${LIST}\nc: ${NONE:true}\nd: ${NONE:1.5}\ne: ${WORD}\nf: ${QUOTED}\ng: ${NONE:null}';
    expect(values(text)).toEqual({ a: 8000, b: ['a', 1], c: true, d: 1.5, e: 'yes', f: '8000', g: null });
  });

  test('leaves quoted and mixed scalars text', () => {
    expect(values('a: "${PORT}"\nb: \'${PORT}\'\nc: 1${PORT}\nd: |-\n  ${PORT}')).toEqual({
      a: '8000',
      b: '8000',
      c: '18000',
      d: '8000',
    });
  });

  test("understands Nameko's tags", () => {
    expect(values('a: !env_var "${PORT}"\nb: !raw_env_var ${PORT}')).toEqual({ a: 8000, b: '8000' });
  });

  test('remembers the place of each value, and the variables in it', () => {
    const { root } = read('web:\n  address: ${PORT}\n  hosts: [a,\n    b]\n');
    expect(find(root, ['web', 'address']).node?.origin).toEqual({
      kind: 'file',
      file: 'config.yaml',
      line: 2,
      column: 12,
      variables: ['PORT'],
    });
    expect(find(root, ['web', 'hosts', 1]).node?.origin).toMatchObject({ line: 4, column: 5 });
  });

  test('follows anchors and merges maps as YAML does', () => {
    const text =
      'x-base: &base {a: 1, b: 2}\nx-more: &more {b: 3, c: 4}\none: {<<: *base, b: 9}\ntwo: {<<: [*base, *more]}';
    expect(values(text)).toMatchObject({ one: { a: 1, b: 9 }, two: { a: 1, b: 2, c: 4 } });
  });

  test('reads JSON and empty files', () => {
    expect(values('{"web": {"address": "${PORT}"}}')).toEqual({ web: { address: '8000' } });
    expect(values('')).toEqual({});
    expect(values('# nothing yet\n')).toEqual({});
    expect(values('---\n')).toEqual({});
  });

  test('keeps a key named __proto__ a key', () => {
    values('__proto__: {polluted: true}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('keeps an unset variable as a broken value, so that something above the file may replace it', () => {
    const { root, problems } = read('a: ${NONE}');
    expect(problems).toEqual([]);
    expect(find(root, ['a']).node).toMatchObject({ problem: expect.stringContaining('NONE is not set') as string });
  });

  test.each([
    ['a: [1, 2\nb: 3', 2, 1, /not valid YAML/],
    ['a: {b: ${PORT:1}}', 1, 9, /quotes around/],
    ['a: 1\na: 2', 2, 1, /not valid YAML/],
    ['- a\n- b', 1, 1, /expected a map of sections/],
    ['just text', 1, 1, /expected a map of sections/],
    ['a: *nowhere', 1, 4, /nowhere/],
    ['a: !secret x', 1, 12, /tag !secret/],
    ['{[a]: 1}', 1, 2, /plain word/],
    ['a: 1\n---\nb: 2', 2, 1, /not valid YAML/],
    ['a: &a [*a]', 1, 7, /contain itself/],
    ['<<: 5', 1, 1, /takes a map/],
  ])('says where %j is wrong', (text, line, column, message) => {
    const [problem] = read(text).problems;
    expect(problem).toMatchObject({
      origin: { file: 'config.yaml', line },
      message: expect.stringMatching(message) as string,
    });
    expect(problem?.origin).toMatchObject({ column });
  });
});
