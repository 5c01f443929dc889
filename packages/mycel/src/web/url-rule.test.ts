import { describe, expect, test } from 'vitest';
import { UsageError } from '../foundation/errors.ts';
import { UrlRule, searchablePath } from './url-rule.ts';

const match = (rule: string, path: string): unknown => new UrlRule(rule).match(searchablePath(path));

describe('what a converter takes', () => {
  test.each([
    ['/<x>', '/abc', { x: 'abc' }],
    ['/<x>', '/a/b', undefined],
    ['/<x>', '/', undefined],
    ['/<string:x>', '/abc', { x: 'abc' }],
    ['/<default:x>', '/abc', { x: 'abc' }],
    ['/<string(length=2):x>', '/ab', { x: 'ab' }],
    ['/<string(length=2):x>', '/abc', undefined],
    ['/<string(minlength=2, maxlength=3):x>', '/a', undefined],
    ['/<string(minlength=2, maxlength=3):x>', '/abc', { x: 'abc' }],
    ['/<string(minlength=2, maxlength=3):x>', '/abcd', undefined],
    ['/<int:x>', '/42', { x: 42 }],
    ['/<int:x>', '/042', { x: 42 }],
    ['/<int:x>', '/-1', undefined],
    ['/<int:x>', '/1.5', undefined],
    ['/<int:x>', '/9007199254740993', undefined],
    ['/<int(signed=True):x>', '/-1', { x: -1 }],
    ['/<int(fixed_digits=3):x>', '/042', { x: 42 }],
    ['/<int(fixed_digits=3):x>', '/42', undefined],
    ['/<int(min=1,max=9):x>', '/0', undefined],
    ['/<int(min=1,max=9):x>', '/9', { x: 9 }],
    ['/<int(min=1,max=9):x>', '/10', undefined],
    ['/<float:x>', '/1.5', { x: 1.5 }],
    ['/<float:x>', '/2', { x: 2 }],
    ['/<float:x>', '/-2.5', undefined],
    ['/<float(signed=true, min=-3):x>', '/-2.5', { x: -2.5 }],
    ['/<uuid:x>', '/0B4B8C2E-7F1B-4C8E-9A53-0D6C1B2A3F4E', { x: '0b4b8c2e-7f1b-4c8e-9a53-0d6c1b2a3f4e' }],
    ['/<uuid:x>', '/0b4b8c2e', undefined],
    ['/<any(red, blue):x>', '/blue', { x: 'blue' }],
    ['/<any("a b", c):x>', '/a%20b', { x: 'a b' }],
    ['/<any(red, blue):x>', '/green', undefined],
    ['/<path:x>', '/a/b/c', { x: 'a/b/c' }],
    ['/files/<path:x>', '/files/', undefined],
    ['/files/<path:x>', '/files//a', undefined],
  ])('%s with %s gives %j', (rule, path, values) => {
    expect(match(rule, path)).toEqual(values);
  });
});

describe('where parameters stand', () => {
  test.each([
    ['/a.b', '/aXb', undefined],
    ['/<x>.json', '/report.json', { x: 'report' }],
    ['/<name>-<int:n>', '/foo-bar-12', { name: 'foo-bar', n: 12 }],
    ['/<path:p>/edit', '/a/b/edit', { p: 'a/b' }],
    ['/<path:p>/edit', '/edit', undefined],
    ['/at/<int:x>,<int:y>', '/at/1,2', { x: 1, y: 2 }],
    ['/x/<a>', '/x/a%2Fb', { a: 'a/b' }],
    ['/<a>/<b>', '/%C3%A9/%E2%9C%93', { a: 'é', b: '✓' }],
    ['/<path:p>', '/line%0Afeed', { p: 'line\nfeed' }],
  ])('%s with %s gives %j', (rule, path, values) => {
    expect(match(rule, path)).toEqual(values);
  });
});

test.each([
  ['x', "begins with '/'"],
  ['/<x', 'stands alone'],
  ['/x>', 'stands alone'],
  ['/<>', 'is no parameter'],
  ['/<int:1x>', 'is no parameter'],
  ['/<integer:x>', "no converter 'integer'"],
  ['/<constructor:x>', "no converter 'constructor'"],
  ['/<int(size=2):x>', "'size' is no option"],
  ['/<int(min=a):x>', 'must be a number'],
  ['/<int(5):x>', "'5' is no option"],
  ['/<path(length=2):x>', 'it takes none'],
  ['/<any:x>', "'any' takes the words"],
  ['/<x>/<x>', 'twice'],
  ['/<x><y>', 'side by side'],
  ['/a?b=<x>', "'?'"],
  ['//a', 'two slashes'],
  ['/<a>-<b>-<c>-<d>', 'too many parameters'],
])('%s is refused: %s', (rule, problem) => {
  expect(() => new UrlRule(rule)).toThrow(UsageError);
  expect(() => new UrlRule(rule)).toThrow(problem);
});

test('rules for the same paths have one canonical form, whatever their parameters are called', () => {
  const canonical = (rule: string): string => new UrlRule(rule).canonical;
  expect(canonical('/a/<int:x>/<string:y>')).toBe(canonical('/a/<int:id>/<name>'));
  expect(canonical('/<any(a, b):x>')).toBe(canonical('/<any(a,b):y>'));
  expect(canonical('/a/<int:x>')).not.toBe(canonical('/a/<x>'));
  expect(canonical('/a/<int(min=1):x>')).not.toBe(canonical('/a/<int:x>'));
});

test('a hostile path does not keep a rule with several open ends busy', () => {
  const rule = new UrlRule('/<a>-<b>-<c>!');
  expect(rule.match('/1-2-3!')).toEqual({ a: '1', b: '2', c: '3' });
  expect(rule.match(`/${'-'.repeat(250)}`)).toBeUndefined();
  expect(rule.match(`/${'-'.repeat(100_000)}`)).toBeUndefined();
});
