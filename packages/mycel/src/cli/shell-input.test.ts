import { Recoverable } from 'node:repl';
import { expect, test } from 'vitest';
import { explainSyntax, readInput } from './shell-input.ts';

test.each([
  'n.rpc.math.add(1, 2)',
  'const x = await fetch(y)',
  '{ a: 1, b: 2 }',
  '{ a: 1 }',
  'for await (const x of y) {}',
])('JavaScript stays as it is: %s', (code) => {
  expect(readInput(code)).toBe(code);
});

test.each([
  ['const x: number = 1', 'const x = 1;\n'],
  ['x as string', 'x;\n'],
  ['interface A { b: number }', ''],
])('types are stripped: %s', (code, stripped) => {
  expect(readInput(code)).toBe(stripped);
});

test.each([
  ['const x = n.rpc.math.add(1)', 'const x = await n.rpc.math.add(1)'],
  ['let { id } = n.call("a", "b")', 'let { id } = await n.call("a", "b")'],
  ['x = n.services()', 'x = await n.services()'],
  ['const x: number = n.rpc.math.add(1)', 'const x = await n.rpc.math.add(1);\n'],
  ['var x = n.context', 'var x = n.context'],
  ['const x = n.rpcs', 'const x = n.rpcs'],
  ['x == n.rpc.a.b()', 'x == n.rpc.a.b()'],
  ['const x = await n.rpc.a.b()', 'const x = await n.rpc.a.b()'],
])('what is kept of a call is its result: %s', (code, awaited) => {
  expect(readInput(code)).toBe(awaited);
});

test.each(['function f(a: number) {', 'n.rpc.math.add(', 'interface A {', 'if (x) {'])(
  'more lines must follow: %s',
  (code) => {
    expect(readInput(code)).toBeUndefined();
  },
);

test('what is wrong is left as it is, to be refused by the prompt', () => {
  expect(readInput('const = ;')).toBe('const = ;');
});

test('what is wrong in both languages is told as TypeScript', () => {
  const error = new SyntaxError("Unexpected token ':'");
  expect(explainSyntax('let x: number = ;', error).message).toBe('input:1:17: Unexpected ";"');
});

test.each([
  ['let x: number = JSON.parse("{")', new SyntaxError('Unexpected end of JSON input')],
  ['JSON.parse("{")', new SyntaxError('Unexpected end of JSON input')],
  ['`two lines', new Recoverable(new SyntaxError('Unterminated template literal'))],
  ['let x: number = ;', new TypeError('another')],
])('what is another failure stays as it is: %s', (code, error) => {
  expect(explainSyntax(code, error)).toBe(error);
});
