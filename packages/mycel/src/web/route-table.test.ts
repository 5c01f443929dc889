import { describe, expect, test } from 'vitest';
import { RouteTable } from './route-table.ts';
import type { HttpMethod } from './rule-params.ts';
import { UrlRule } from './url-rule.ts';
import { RouteConflictError } from './web-errors.ts';

function tableOf(...rules: readonly (readonly [method: HttpMethod, rule: string])[]): RouteTable<{ owner: string }> {
  const table = new RouteTable<{ owner: string }>();
  for (const [method, rule] of rules) table.add([method], new UrlRule(rule), { owner: rule });
  return table;
}

function ownerOf(table: RouteTable<{ owner: string }>, url: string, method = 'GET'): string {
  const found = table.find(method, url);
  return found.kind === 'found' ? found.target.owner : found.kind;
}

describe('the most exact rule wins, in whatever order they are added', () => {
  const rules = [
    '/x/<path:p>',
    '/x/<name>',
    '/x/<int:n>',
    '/x/new',
    '/x/<name>.json',
    '/x/all.json',
    '/x/<path:p>/edit',
  ];
  test.each([
    ['/x/new', '/x/new'],
    ['/x/12', '/x/<int:n>'],
    ['/x/twelve', '/x/<name>'],
    ['/x/all.json', '/x/all.json'],
    ['/x/some.json', '/x/<name>.json'],
    ['/x/a/b', '/x/<path:p>'],
    ['/x/a/b/edit', '/x/<path:p>/edit'],
    ['/x/a?b=/new', '/x/<name>'],
  ])('%s goes to %s', (url, rule) => {
    for (const order of [rules, rules.toReversed()]) {
      expect(ownerOf(tableOf(...order.map((text) => ['GET', text] as const)), url)).toBe(rule);
    }
  });
});

test('a rule that does not convert gives way to a wider one of another shape', () => {
  const table = tableOf(['GET', '/users/<int:id>'], ['GET', '/<path:rest>']);
  expect(table.find('GET', '/users/7')).toMatchObject({ kind: 'found', values: { id: 7 } });
  expect(table.find('GET', '/users/abc')).toMatchObject({ kind: 'found', values: { rest: 'users/abc' } });
});

test('text that means something to the tree is only text in a rule', () => {
  const table = tableOf(['GET', '/a:b/<x>'], ['GET', '/star*'], ['GET', '/(p)'], ['GET', '/50%']);
  expect(ownerOf(table, '/a:b/1')).toBe('/a:b/<x>');
  expect(ownerOf(table, '/a%3Ab/1')).toBe('/a:b/<x>');
  expect(ownerOf(table, '/star*')).toBe('/star*');
  expect(ownerOf(table, '/starfish')).toBe('not-found');
  expect(ownerOf(table, '/(p)')).toBe('/(p)');
  expect(ownerOf(table, '/50%25')).toBe('/50%');
});

test('an encoded slash belongs to its parameter', () => {
  const table = tableOf(['GET', '/x/<name>']);
  expect(table.find('GET', '/x/a%2Fb')).toMatchObject({ values: { name: 'a/b' } });
  expect(table.find('GET', '/x/100%25')).toMatchObject({ values: { name: '100%' } });
});

test('the two ways to find a rule give the same values', () => {
  const inTree = tableOf(['GET', '/x/<name>/<int:n>']);
  const searched = tableOf(['GET', '/x/<name>/<int:n>'], ['GET', '/y/<a>.<b>']);
  for (const url of ['/x/a/1', '/x/%C3%A9%20b/2', '/x/a%2Fb/3', '/x/a%25b/4', '/x/a+b/5']) {
    expect(searched.find('GET', url)).toEqual(inTree.find('GET', url));
  }
});

test('HEAD goes to GET unless it has a rule of its own', () => {
  const table = tableOf(['GET', '/x'], ['GET', '/y'], ['HEAD', '/y']);
  expect(ownerOf(table, '/x', 'HEAD')).toBe('/x');
  expect(table.find('HEAD', '/y')).toMatchObject({ kind: 'found' });
});

test('a wrong method is told which ones are right', () => {
  const table = tableOf(['GET', '/x'], ['POST', '/x'], ['PUT', '/<y>']);
  expect(table.find('DELETE', '/x')).toEqual({
    kind: 'wrong-method',
    allow: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'],
  });
  expect(table.find('OPTIONS', '/x')).toEqual({ kind: 'options', allow: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'] });
  expect(table.find('PROPFIND', '/x')).toMatchObject({ kind: 'wrong-method' });
  expect(table.find('GET', '/nowhere/at/all')).toEqual({ kind: 'not-found' });
});

test('a missing slash at the end and doubled slashes are redirected, and never to another host', () => {
  const table = tableOf(['GET', '/x/'], ['GET', '/<name>/'], ['GET', '/plain']);
  expect(table.find('GET', '/x?a=1')).toEqual({ kind: 'redirect', location: '/x/?a=1' });
  expect(table.find('GET', '//x//')).toEqual({ kind: 'redirect', location: '/x/' });
  expect(table.find('GET', '//evil.example')).toEqual({ kind: 'redirect', location: '/evil.example/' });
  expect(table.find('GET', '/\\evil.example')).toEqual({ kind: 'redirect', location: '/%5Cevil.example/' });
  expect(table.find('POST', '/x')).toEqual({ kind: 'not-found' });
  expect(tableOf(['GET', '/plain']).find('GET', '/plain/')).toEqual({ kind: 'not-found' });
});

test('a broken percent-encoding is told apart from an unknown path', () => {
  const table = tableOf(['GET', '/x/<name>']);
  expect(table.find('GET', '/x/%zz')).toEqual({ kind: 'bad-encoding' });
  expect(table.find('GET', '/x/%ff')).toEqual({ kind: 'bad-encoding' });
  expect(table.find('GET', '/x/a?q=%zz')).toMatchObject({ kind: 'found' });
});

test('requests through a proxy, with a whole URL, are found', () => {
  const table = tableOf(['GET', '/x/<name>'], ['GET', '/y/<a>.<b>']);
  expect(table.find('GET', 'http://example.org/x/a?b')).toMatchObject({ values: { name: 'a' } });
  expect(table.find('GET', 'nonsense')).toEqual({ kind: 'not-found' });
});

test('two rules for the same requests are refused, naming both owners', () => {
  const table = new RouteTable<{ owner: string }>();
  table.add(['GET', 'POST'], new UrlRule('/x/<int:a>'), { owner: 'one.first' });
  table.add(['PUT'], new UrlRule('/x/<int:a>'), { owner: 'two.other' });
  const add = (): void => table.add(['POST'], new UrlRule('/x/<int:b>'), { owner: 'two.second' });
  expect(add).toThrow(RouteConflictError);
  expect(add).toThrow('POST /x/<int:b> is handled twice: by one.first and by two.second');
});

describe('a target that yields', () => {
  const rules = ['/health/live', '/health/<int:n>', '/a.<int:n>'];
  test.each(rules)('to another for %s is not found, whichever came first', (text) => {
    for (const order of [
      ['own', 'other'],
      ['other', 'own'],
    ]) {
      const table = new RouteTable<{ owner: string; yields?: boolean }>();
      for (const owner of order) table.add(['GET'], new UrlRule(text), { owner, yields: owner === 'own' });
      expect(ownerOf(table, text.replace('<int:n>', '1'))).toBe('other');
    }
  });

  test('stays for the methods that the other does not take', () => {
    const table = new RouteTable<{ owner: string; yields?: boolean }>();
    table.add(['GET'], new UrlRule('/x'), { owner: 'own', yields: true });
    table.add(['POST'], new UrlRule('/x'), { owner: 'other' });
    expect([ownerOf(table, '/x'), ownerOf(table, '/x', 'POST')]).toEqual(['own', 'other']);
  });

  test('gives its place to one other only', () => {
    const table = new RouteTable<{ owner: string; yields?: boolean }>();
    table.add(['GET'], new UrlRule('/x'), { owner: 'own', yields: true });
    table.add(['GET'], new UrlRule('/x'), { owner: 'other' });
    expect(() => table.add(['GET'], new UrlRule('/x'), { owner: 'third' })).toThrow(RouteConflictError);
  });
});
