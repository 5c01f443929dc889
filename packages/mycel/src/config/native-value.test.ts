import { expect, test } from 'vitest';
import { nativeValue } from './native-value.ts';

test.each([
  ['8000', 8000],
  ['-1.5', -1.5],
  ['1e3', 1000],
  ['.5', 0.5],
  ['0x1F', 31],
  ['true', true],
  ['False', false],
  ['null', null],
  ['~', null],
  ['', ''],
  [' padded ', ' padded '],
  ['yes', 'yes'],
  ['0.0.0.0:8000', '0.0.0.0:8000'],
  ['amqp://guest:guest@localhost/', 'amqp://guest:guest@localhost/'],
  ['a # b: c', 'a # b: c'],
  ['[1, 2]', [1, 2]],
  ['{"a": 1}', { a: 1 }],
  ['"8000"', '8000'],
  ['{broken', '{broken'],
  ['{broken}', '{broken}'],
  ['123456789012345678901', 123456789012345680000],
])('reads %j as %j', (text, value) => {
  expect(nativeValue(text)).toEqual(value);
});
